#include "parallel.h"

#include <pthread.h>
#include <sched.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace unrolled {

namespace {

// One round of waiting for another thread, of which `spins` counts the first.
inline void relax(int& spins) {
  if (spins >= 4000) {
    sched_yield();
    return;
  }
  ++spins;
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Denormals count as zero while one of these lives.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) {
    if ((before_ & flush) != flush) _mm_setcsr(before_ | flush);
  }
  ~FlushDenormals() {
    if ((before_ & flush) != flush) _mm_setcsr((_mm_getcsr() & ~flush) | (before_ & flush));
  }

 private:
  static constexpr unsigned flush = 0x8040;  // flush to zero, denormals are zero
  const unsigned before_;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" : : "r"(before_ | (std::uint64_t{1} << 24)));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  std::uint64_t before_;
#endif
};

struct Job {
  Work work;
  void* body;

  void run(std::size_t thread, Team& team) const {
    const FlushDenormals flushed;
    work(body, thread, team);
  }
  void alone() const {
    Team one(1);
    run(0, one);
  }
};

// One caller's work at a time; a second caller finds it busy. Threads are started when first wanted and then stay, parked.
class Pool {
 public:
  // False where the pool is another caller's just now.
  bool run(std::size_t wanted, const Job& job) {
    std::unique_lock busy(busy_, std::try_to_lock);
    if (!busy) return false;
    start(wanted - 1);
    if (helpers_ + 1 < wanted) wanted = helpers_ + 1;  // the system gave fewer
    Team team(wanted);
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
      team_ = &team;
      size_ = wanted;
      left_.store(wanted - 1, std::memory_order_relaxed);
      ++round_;
    }
    wake_.notify_all();
    job.run(0, team);
    for (int spins = 0; left_.load(std::memory_order_acquire) != 0;) relax(spins);
    return true;
  }

  std::size_t threads() const { return helpers_; }

 private:
  void start(std::size_t helpers) {
    try {
      while (helpers_ < helpers) {
        std::thread([this, index = helpers_.load() + 1, round = round_] { serve(index, round); }).detach();
        ++helpers_;
      }
    } catch (const std::exception&) {
      // No more threads, or no memory for them, to be had: those that are there do the work.
    }
  }

  void serve(std::size_t index, std::size_t seen) {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return round_ != seen; });
      seen = round_;
      if (index >= size_) continue;  // this round is done without it, and may be over
      const Job* job = job_;
      Team* team = team_;
      lock.unlock();
      job->run(index, *team);
      left_.fetch_sub(1, std::memory_order_release);
    }
  }

  std::mutex busy_, mutex_;
  std::condition_variable wake_;
  std::atomic<std::size_t> helpers_{0};  // written by the caller at work alone
  std::size_t round_ = 0, size_ = 0;
  const Job* job_ = nullptr;
  Team* team_ = nullptr;
  std::atomic<std::size_t> left_{0};
};

OpenMp open_mp{};
std::atomic<bool> lent{false};  // set when open_mp is whole: torch may be imported while another thread computes
std::atomic<bool> forked{false};
thread_local bool inside = false;

// Made when the library is loaded, so that no fork finds it half made. Never destroyed: parked threads wait in it until
// the process ends. In a forked child, where they do not exist, it is made anew, and the one it was before is left as it
// lies.
alignas(Pool) unsigned char pool_memory[sizeof(Pool)];
Pool& pool = *[] {
  pthread_atfork(nullptr, nullptr, [] {
    forked = true;
    new (pool_memory) Pool;
  });
  return new (pool_memory) Pool;
}();

void run_open_mp(std::size_t wanted, const Job& job) {
  struct Region {
    const Job& job;
    alignas(Team) unsigned char memory[sizeof(Team)];
    std::atomic<Team*> team{nullptr};
  } region{job, {}, {nullptr}};
  open_mp.parallel(
      [](void* data) {
        Region& all = *static_cast<Region*>(data);
        // How many came only the library knows, fewer perhaps than asked for; thread 0 makes the team for them.
        if (open_mp.thread() == 0) {
          all.team.store(new (all.memory) Team(static_cast<std::size_t>(open_mp.threads())), std::memory_order_release);
        }
        Team* team;
        for (int spins = 0; (team = all.team.load(std::memory_order_acquire)) == nullptr;) relax(spins);
        all.job.run(static_cast<std::size_t>(open_mp.thread()), *team);
      },
      &region, static_cast<unsigned>(wanted), 0);
}

}  // namespace

void Barrier::wait() {
  if (threads_ == 1) return;
  const std::size_t round = round_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
    arrived_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    return;
  }
  for (int spins = 0; round_.load(std::memory_order_acquire) == round;) relax(spins);
}

void run_parallel(std::size_t wanted, Work work, void* body) {
  const Job job{work, body};
  if (wanted < 2 || inside) return job.alone();
  inside = true;
  if (lent.load(std::memory_order_acquire)) {
    // libgomp's threads do not survive a fork, and it would wait for them for ever.
    forked || open_mp.nested() != 0 ? job.alone() : run_open_mp(wanted, job);
  } else if (!pool.run(wanted, job)) {
    job.alone();
  }
  inside = false;
}

void use_open_mp(const OpenMp& library) {
  if (library.parallel != nullptr) open_mp = library;
  lent.store(library.parallel != nullptr, std::memory_order_release);
}

bool uses_open_mp() { return lent; }

std::size_t pool_threads() { return pool.threads(); }

}  // namespace unrolled
