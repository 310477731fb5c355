// Threads for the kernels: whoever has a team lends it.
//
// Where torch is loaded, its own OpenMP team runs the kernels: a second pool on the same cores would cost milliseconds at
// each change between a torch operator and a kernel, as the idle threads of one spin where the other wants to work. Where
// it is not, a small pool of our own does, which parks between calls.
//
// Nothing here is compiled for one instruction set: all but the template is in parallel.cpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace unrolled {

// Lets `threads` threads wait for each other, again and again. Spins for a while, then yields: a neighbour on one of the
// cores would otherwise cost every waiting thread its time slice.
class Barrier {
 public:
  explicit Barrier(std::size_t threads) : threads_(threads) {}
  void wait();

 private:
  const std::size_t threads_;
  alignas(64) std::atomic<std::size_t> arrived_{0};
  alignas(64) std::atomic<std::size_t> round_{0};
};

class Team {
 public:
  explicit Team(std::size_t size) : size_(size), barrier_(size) {}
  std::size_t size() const { return size_; }
  Barrier& barrier() { return barrier_; }

 private:
  const std::size_t size_;
  Barrier barrier_;
};

using Work = void (*)(void* body, std::size_t thread, Team& team);

// Runs work(body, thread, team) on up to `wanted` threads, the caller being thread 0, and returns when all are done. Fewer
// run where the pool is busy with another caller's work, or inside a parallel region. While work runs, denormal
// numbers are taken and given as zero; each thread's mode is restored. Work must not throw.
void run_parallel(std::size_t wanted, Work work, void* body);

template <class Body>
void parallel(std::size_t wanted, const Body& body) {
  run_parallel(
      wanted, [](void* b, std::size_t thread, Team& team) { (*static_cast<const Body*>(b))(thread, team); },
      const_cast<Body*>(&body));
}

// The functions of an OpenMP library that is already in the process (GNU's interface, which LLVM's and Intel's have too).
struct OpenMp {
  void (*parallel)(void (*)(void*), void*, unsigned threads, unsigned flags);  // GOMP_parallel
  int (*thread)();                                                             // omp_get_thread_num
  int (*threads)();                                                            // omp_get_num_threads
  int (*nested)();                                                             // omp_in_parallel
};

// From now on kernels run on this library's team; with a null `parallel`, on the pool.
void use_open_mp(const OpenMp& library);
bool uses_open_mp();

// How many threads the pool has had to start in this process so far.
std::size_t pool_threads();

}  // namespace unrolled
