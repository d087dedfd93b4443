// Work cut into chunks that several cores take.

#ifndef CARROUSEL_SHARING_H_
#define CARROUSEL_SHARING_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "xla/ffi/api/ffi.h"

namespace carrousel {

// Chunks of work that whoever is free takes; the caller takes part and waits only for chunks that others have begun.
struct Work {
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};
};

template <typename F>
void Share(xla::ffi::ThreadPool& pool, int64_t chunks, const F& run) {
  if (chunks == 1) return run(0);
  auto work = std::make_shared<Work>();
  const auto take = [work, chunks, &run] {
    for (int64_t n; (n = work->next.fetch_add(1)) < chunks;) {
      run(n);
      work->done.fetch_add(1, std::memory_order_release);
    }
  };
  for (int64_t n = 1; n < chunks; ++n) pool.Schedule([take] { take(); });
  take();
  while (work->done.load(std::memory_order_acquire) < chunks) std::this_thread::yield();
}

// Calls run(first, last) for stretches of the numbers below `count`, at most `most` of them, on as many cores as there are.
template <typename F>
void ShareStretches(xla::ffi::ThreadPool& pool, int64_t count, int64_t most, const F& run) {
  const int64_t chunks = std::max<int64_t>(1, std::min({pool.num_threads(), most, count}));
  Share(pool, chunks, [&](int64_t n) { run(n * count / chunks, (n + 1) * count / chunks); });
}

}  // namespace carrousel

#endif  // CARROUSEL_SHARING_H_
