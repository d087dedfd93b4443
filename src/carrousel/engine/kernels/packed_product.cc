// A few rows times a float32 matrix that was packed beforehand, for XLA's CPU backend.
//
// The matrix is filled up with zeros and lies as [panel of 16 columns][row][16], so that it is read once and in order,
// as often as a loop multiplies by it. A tile of some rows of the result and one panel stays in registers while a piece
// of the panel goes by; the next piece is fetched ahead. A row's sum is made in one order however many rows there are.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "sharing.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

constexpr int64_t kPanel = 16;  // columns of a panel
#ifdef __AVX512F__
constexpr int64_t kWide = 16;  // numbers of a register
constexpr int kRows = 12;      // rows of a tile, so that its sums fit into registers
#elif defined(__AVX__)
constexpr int64_t kWide = 8;
constexpr int kRows = 6;
#else
constexpr int64_t kWide = 4;
constexpr int kRows = 4;
#endif
constexpr int kVectors = kPanel / kWide;
constexpr int64_t kPiece = 256;         // rows of the matrix that go by at a time: 16 KiB
constexpr int64_t kBatch = 64;          // rows whose tiles are held at a time
constexpr int64_t kWorkAThread = 1 << 20;  // multiplications; less is done by one core sooner than two can meet

typedef float Wide __attribute__((vector_size(kWide * sizeof(float)), aligned(4), may_alias));

Wide& At(float* place, int n) { return *reinterpret_cast<Wide*>(place + n * kWide); }
const Wide& At(const float* place, int n) { return *reinterpret_cast<const Wide*>(place + n * kWide); }

// Adds `depth` terms to each sum of a tile; `ahead` is what is fetched meanwhile, if anything.
template <int Rows>
void Add(const float* v, int64_t stride, const float* m, int64_t depth, bool first, const float* ahead, float* tile) {
  Wide sums[Rows][kVectors];
  for (int r = 0; r < Rows; ++r)
    for (int n = 0; n < kVectors; ++n) sums[r][n] = first ? Wide{} : At(tile + r * kPanel, n);
  for (int64_t k = 0; k < depth; ++k) {
    if (ahead) __builtin_prefetch(ahead + k * kPanel, 0, 2);
    Wide now[kVectors];
    for (int n = 0; n < kVectors; ++n) now[n] = At(m + k * kPanel, n);
    for (int r = 0; r < Rows; ++r)
      for (int n = 0; n < kVectors; ++n) sums[r][n] += v[r * stride + k] * now[n];
  }
  for (int r = 0; r < Rows; ++r)
    for (int n = 0; n < kVectors; ++n) At(tile + r * kPanel, n) = sums[r][n];
}

using Adding = void (*)(const float*, int64_t, const float*, int64_t, bool, const float*, float*);
constexpr Adding kAdd[] = {nullptr, Add<1>, Add<2>, Add<3>, Add<4>,
#ifdef __AVX__
                           Add<5>, Add<6>,
#endif
#ifdef __AVX512F__
                           Add<7>, Add<8>, Add<9>, Add<10>, Add<11>, Add<12>,
#endif
};
static_assert(sizeof(kAdd) / sizeof(Adding) == kRows + 1);

// `rows` rows, at most kBatch, times one panel.
void Panel(const float* v, int64_t rows, int64_t inputs, const float* panel, float* tile) {
  const int64_t tiles = (rows + kRows - 1) / kRows;
  for (int64_t k = 0; k < inputs; k += kPiece) {
    const int64_t depth = std::min(kPiece, inputs - k);
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t from = t * rows / tiles, to = (t + 1) * rows / tiles;
      const float* ahead = t == tiles - 1 ? panel + (k + depth) * kPanel : nullptr;
      kAdd[to - from](v + from * inputs + k, inputs, panel + k * kPanel, depth, k == 0, ahead, tile + from * kPanel);
    }
  }
}

// v: (…, inputs); m: (panels, inputs, 16); y: (…, outputs).
ffi::Error Product(ffi::ThreadPool pool, ffi::Buffer<ffi::F32> v, ffi::Buffer<ffi::F32> m,
                   ffi::ResultBuffer<ffi::F32> y) {
  const int64_t inputs = v.dimensions().back(), outputs = y->dimensions().back(), panels = m.dimensions()[0];
  if (m.dimensions()[1] != inputs || outputs > panels * kPanel)
    return ffi::Error::InvalidArgument("the matrix is of another size");
  const int64_t batch = inputs == 0 ? 0 : static_cast<int64_t>(v.element_count()) / inputs;
  const float *left = v.typed_data(), *right = m.typed_data();
  float* out = y->typed_data();
  const auto run = [&](int64_t first, int64_t last) {
    float tile[kBatch * kPanel];
    for (int64_t p = first; p < last; ++p) {
      const size_t bytes = std::min(kPanel, outputs - p * kPanel) * sizeof(float);
      for (int64_t b = 0; b < batch; b += kBatch) {
        const int64_t rows = std::min(kBatch, batch - b);
        Panel(left + b * inputs, rows, inputs, right + p * inputs * kPanel, tile);
        for (int64_t r = 0; r < rows; ++r)
          std::memcpy(out + (b + r) * outputs + p * kPanel, tile + r * kPanel, bytes);
      }
    }
  };
  const int64_t work = batch * inputs * panels * kPanel;
  carrousel::ShareStretches(pool, panels, work / kWorkAThread, run);
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(packed_product, Product,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::F32>>());
