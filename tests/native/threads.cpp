// The pool, the barrier and a lent OpenMP team: right results from several callers at once, nothing left changed.
#include <algorithm>
#include <atomic>
#include <thread>

#include "call.h"
#include "parallel.h"
#include "test.h"

using check::Random;
using unrolled::parallel;
using unrolled::Team;

namespace {

bool keeps_denormals() {
  const volatile float smallest = std::numeric_limits<float>::min();
  const volatile float half = smallest * 0.5f;
  return half != 0.0f;
}

// Each thread writes its place, then reads all others', again and again: plain memory, ordered by the barrier alone.
void barrier_orders_memory(std::size_t wanted, std::size_t rounds) {
  std::vector<std::size_t> places(wanted);
  std::atomic<std::size_t> wrong{0}, ran{0};
  parallel(wanted, [&](std::size_t thread, Team& team) {
    ++ran;
    for (std::size_t round = 1; round <= rounds; ++round) {
      places[thread] = round;
      team.barrier().wait();
      for (std::size_t other = 0; other < team.size(); ++other) wrong += places[other] != round;
      team.barrier().wait();
    }
  });
  check::that(wrong == 0 && ran >= 1 && ran <= wanted, "a barrier of " + std::to_string(wanted));
}

void denormals_are_flushed_inside_alone() {
  std::atomic<bool> kept{false};
  parallel(3, [&](std::size_t, Team&) {
    if (keeps_denormals()) kept = true;
  });
  check::that(!kept, "denormals are flushed while work runs");
  check::that(keeps_denormals(), "the caller keeps its denormals");
}

void a_region_inside_another_runs_alone() {
  std::atomic<std::size_t> sizes{0};
  parallel(2, [&](std::size_t thread, Team&) {
    if (thread == 0) parallel(2, [&](std::size_t, Team& inner) { sizes += inner.size(); });
  });
  check::that(sizes == 1, "a region inside another runs alone");
  parallel(2, [&](std::size_t thread, Team& team) {
    if (thread == 0) sizes = team.size();
  });
  check::that(sizes == 2, "after it there are two threads again");
}

// What one thread of a program does: its own problem, on as many threads as it likes, again and again.
std::size_t mismatches(const unrolled::RecurrentKernel& kernel, std::uint64_t seed, std::size_t rounds) {
  Random random(seed);
  const unrolled::Sizes shapes[] = {{4, 4, 40, 96}, {24, 4, 40, 96}, {300, 3, 16, 40}, {2, 3, 130, 200}};
  const unrolled::Sizes sizes = shapes[seed];
  const std::size_t GH = kernel.gates * sizes.H;
  const std::vector<std::int64_t> lengths(sizes.B, static_cast<std::int64_t>(sizes.T));
  reference::Problem p{kernel.name, kernel.gates, sizes, lengths, false,
                       random.floats(sizes.B * sizes.T * sizes.D, 1), random.floats(GH * sizes.D, 0.2f),
                       random.floats(GH * sizes.H, 0.2f), random.floats(GH, 1), random.floats(GH, 1),
                       {}, {}, {}, {}, {}, {}, random.floats(sizes.B * sizes.H, 1), {}};
  if (p.cell == "peephole") p.peephole = random.floats(3 * sizes.H, 1);
  const call::Layout plain = call::Layout::batch_first;
  call::Manner how{plain, plain, plain, plain, true, true, true, true, 1};
  const call::Call alone(kernel, p, how);
  std::size_t different = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    how.threads = 2 + round % 3;
    different += !call::Call(kernel, p, how).same_bits(alone);
  }
  return different;
}

void callers_at_once(const std::string& runner, std::size_t rounds) {
  std::atomic<std::size_t> different{0}, changed{0};
  std::vector<std::thread> callers;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    callers.emplace_back([&, seed] {
      for (const auto* kernel = unrolled::kernels().recurrent; kernel->name != nullptr; ++kernel) {
        different += mismatches(*kernel, seed, rounds);
      }
      changed += !keeps_denormals();
    });
  }
  for (std::thread& caller : callers) caller.join();
  check::that(different == 0, "bits of four callers at once on " + runner);
  check::that(changed == 0, "the mode of four callers at once on " + runner);
}

// An OpenMP library as far as GNU's interface goes, which grants at most two threads.
thread_local int lent_thread = 0, lent_threads = 1;
std::atomic<std::size_t> regions{0};

void lend(void (*work)(void*), void* data, unsigned threads, unsigned) {
  const int size = static_cast<int>(std::min(threads, 2u));
  ++regions;
  std::vector<std::thread> others;
  for (int i = 1; i < size; ++i) {
    others.emplace_back([=] {
      lent_thread = i, lent_threads = size;
      work(data);
    });
  }
  lent_threads = size;
  work(data);
  lent_threads = 1;
  for (std::thread& other : others) other.join();
}

}  // namespace

void test_threads(std::size_t effort) {
  for (std::size_t wanted = 1; wanted <= 5; ++wanted) barrier_orders_memory(wanted, 200 * effort);
  check::that(unrolled::pool_threads() <= 4, "the pool starts no more threads than were asked for");
  denormals_are_flushed_inside_alone();
  a_region_inside_another_runs_alone();
  callers_at_once("the pool", 3 * effort);

  unrolled::use_open_mp(
      {lend, [] { return lent_thread; }, [] { return lent_threads; }, [] { return int{lent_threads > 1}; }});
  check::that(unrolled::uses_open_mp(), "a lent team is used");
  barrier_orders_memory(4, 200 * effort);
  denormals_are_flushed_inside_alone();
  callers_at_once("a lent team of two at most", 3 * effort);
  const std::size_t before = regions;
  lent_threads = 2;  // as inside a region of the library's
  barrier_orders_memory(2, 1);
  lent_threads = 1;
  check::that(before > 0 && regions == before, "inside a region of the library's the work runs alone");
  unrolled::use_open_mp({});
  check::that(!unrolled::uses_open_mp(), "the pool again");
  barrier_orders_memory(3, 200 * effort);
}
