// Work cut into chunks that several cores take.
//
// A loop asks for a product every few dozen microseconds. To wake a sleeping thread takes about as long, so the others
// look for work for a while, giving way to whoever else wants their core, before they sleep. They count as the caller
// does: XLA flushes numbers below the normal ones to zero.

#ifndef CARROUSEL_SHARING_H_
#define CARROUSEL_SHARING_H_

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "xla/ffi/api/ffi.h"

namespace carrousel {

// The threads beside the caller's. There is one crew a process; it is never taken apart, so that no thread outlives it.
class Crew {
 public:
  static Crew& Get() {
    static Crew* crew = new Crew;
    return *crew;
  }

  // Calls run(context, n) for n below `chunks`. The caller takes part and waits only for chunks that others have begun.
  // Where the crew is busy with somebody else's work, the caller does it all.
  void Run(int64_t chunks, int64_t threads, void (*run)(const void*, int64_t), const void* context) {
    if (busy_.test_and_set(std::memory_order_acquire)) {
      for (int64_t n = 0; n < chunks; ++n) run(context, n);
      return;
    }
    for (; others_ < threads - 1; ++others_) std::thread([this] { Wait(); }).detach();
    run_.store(run, std::memory_order_relaxed);
    context_.store(context, std::memory_order_relaxed);
    chunks_.store(chunks, std::memory_order_relaxed);
    done_.store(0, std::memory_order_relaxed);
    std::fegetenv(&counting_);
    ++turn_;
    next_.store(turn_ << kBits, std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_seq_cst) > 0) {
      { std::lock_guard<std::mutex> lock(mutex_); }
      wake_.notify_all();
    }
    Take(nullptr);
    while (done_.load(std::memory_order_acquire) < chunks) std::this_thread::yield();
    next_.store((turn_ << kBits) | kClosed, std::memory_order_release);
    busy_.clear(std::memory_order_release);
  }

 private:
  static constexpr int kBits = 24;  // of the number of the next chunk; the bits above are those of the turn
  static constexpr uint64_t kClosed = (uint64_t{1} << kBits) - 1;
  static constexpr std::chrono::microseconds kAwake{200};

  // Takes chunks of the turn that is on until there are none; whether there was one. `counting` is how the caller counts.
  bool Take(const std::fenv_t* counting) {
    bool took = false;
    for (uint64_t now = next_.load(std::memory_order_acquire);;) {
      const int64_t n = static_cast<int64_t>(now & kClosed);
      const auto run = run_.load(std::memory_order_relaxed);
      const void* context = context_.load(std::memory_order_relaxed);
      if (now == 0 || now % (kClosed + 1) == kClosed || n >= chunks_.load(std::memory_order_relaxed)) return took;
      // What was read belongs to this turn if the turn is still on.
      if (!next_.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      if (counting) std::fesetenv(counting);
      run(context, n);
      done_.fetch_add(1, std::memory_order_release);
      took = true;
      now = next_.load(std::memory_order_acquire);
    }
  }

  void Wait() {
    auto until = std::chrono::steady_clock::now() + kAwake;
    for (;;) {
      if (Take(&counting_)) {
        until = std::chrono::steady_clock::now() + kAwake;
        continue;
      }
      if (std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
        continue;
      }
      std::unique_lock<std::mutex> lock(mutex_);
      const uint64_t seen = next_.load(std::memory_order_seq_cst);
      asleep_.fetch_add(1, std::memory_order_seq_cst);
      wake_.wait(lock, [&] { return next_.load(std::memory_order_seq_cst) >> kBits != seen >> kBits; });
      asleep_.fetch_sub(1, std::memory_order_seq_cst);
      lock.unlock();
      until = std::chrono::steady_clock::now() + kAwake;
    }
  }

  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  std::atomic<uint64_t> next_{0};
  std::atomic<int64_t> chunks_{0}, done_{0}, asleep_{0};
  std::atomic<void (*)(const void*, int64_t)> run_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::fenv_t counting_;  // written while no chunk can be taken
  uint64_t turn_ = 0;
  int64_t others_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
};

constexpr int64_t kThreads = 8;  // products of a few rows are too short for more

// How many chunks work is best cut into that is worth so many: two a thread, should one of them be late.
inline int64_t Chunks(xla::ffi::ThreadPool& pool, int64_t most) {
  const int64_t threads = std::min(kThreads, pool.num_threads());
  return threads <= 1 ? 1 : std::max<int64_t>(1, std::min(2 * threads, most));
}

// Calls run(n) for n below `chunks` on as many cores as the pool has threads.
template <typename F>
void Share(xla::ffi::ThreadPool& pool, int64_t chunks, const F& run) {
  const int64_t threads = std::min({chunks, kThreads, pool.num_threads()});
  if (threads <= 1) {
    for (int64_t n = 0; n < chunks; ++n) run(n);
    return;
  }
  const auto call = [](const void* context, int64_t n) { (*static_cast<const F*>(context))(n); };
  Crew::Get().Run(chunks, threads, call, &run);
}

}  // namespace carrousel

#endif  // CARROUSEL_SHARING_H_
