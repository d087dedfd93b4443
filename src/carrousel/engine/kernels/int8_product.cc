// Vectors times a matrix of int8, for XLA's CPU backend.
//
// The matrix is filled up with zeros and lies as [panel of 16 outputs][pair of inputs][16][2], so that it is read once
// and in order. The vectors become whole numbers of 15 bits: a pair of inputs goes by one instruction, and all sums are
// exact, so a vector's product is the same whatever stands beside it. A tile of some vectors and one panel has its sums
// in registers.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "sharing.h"
#include "xla/ffi/api/ffi.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace ffi = xla::ffi;

namespace {

constexpr int64_t kPanel = 16;      // outputs of a panel
constexpr int64_t kRows = 6;        // vectors of a tile, so that its sums fit into registers
constexpr int64_t kExact = 1 << 9;  // pairs of inputs whose products fit into 32 bits
constexpr float kLargest = 16383.0f;
constexpr int64_t kBytesAThread = 1 << 18;  // of a matrix; what is smaller is read by one core sooner than two can meet

struct Pair {
  int16_t even, odd;
};

// The matrix's numbers of one pair of inputs and one panel.
using Column = int8_t[kPanel][2];

// Makes whole numbers of a vector's; returns what one of them is worth.
float Whole(const float* v, int64_t inputs, int16_t* out) {
  uint32_t most = 0;  // of the bits without the sign: their order is that of the numbers, and infinity is above all
  for (int64_t n = 0; n < inputs; ++n) {
    uint32_t bits;
    std::memcpy(&bits, v + n, sizeof bits);
    most = std::max(most, bits & 0x7fffffffu);
  }
  float largest;
  std::memcpy(&largest, &most, sizeof largest);
  if (!std::isfinite(largest)) return NAN;
  if (largest == 0.0f) return 0.0f;
  for (int64_t n = 0; n < inputs; ++n) out[n] = static_cast<int16_t>(std::nearbyint(v[n] / largest * kLargest));
  return largest / kLargest;
}

// Exact sums of at most kExact pairs: of each of `Rows` vectors, whose pairs lie beside one another, by one panel. A
// function of its own with unrolled loops, or GCC 12 keeps the sums on the stack.
template <int Rows>
[[gnu::noinline]] void Sum(const Pair* v, const Column* m, int64_t pairs, int32_t sums[][kPanel]) {
#ifdef __AVX2__
  __m256i whole[Rows][2];
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r)
    for (int n = 0; n < 2; ++n) whole[r][n] = _mm256_setzero_si256();
  for (int64_t k = 0; k < pairs; ++k) {
    const auto* at = reinterpret_cast<const __m128i*>(m + k);
    const __m256i wide[2] = {_mm256_cvtepi8_epi16(_mm_loadu_si128(at)), _mm256_cvtepi8_epi16(_mm_loadu_si128(at + 1))};
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      int32_t both;
      std::memcpy(&both, v + k * Rows + r, sizeof both);
      const __m256i pair = _mm256_set1_epi32(both);
      for (int n = 0; n < 2; ++n) whole[r][n] = _mm256_add_epi32(whole[r][n], _mm256_madd_epi16(pair, wide[n]));
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r)
    for (int n = 0; n < 2; ++n) _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums[r] + 8 * n), whole[r][n]);
#else
  for (int r = 0; r < Rows; ++r)
    for (int n = 0; n < kPanel; ++n) {
      sums[r][n] = 0;
      for (int64_t k = 0; k < pairs; ++k) {
        const Pair pair = v[k * Rows + r];
        sums[r][n] += int32_t{pair.even} * m[k][n][0] + int32_t{pair.odd} * m[k][n][1];
      }
    }
#endif
}

// The outputs of a tile: its sums, times the outputs' scales and what a whole number of each vector is worth.
template <int Rows>
void Tile(const Pair* v, const Column* m, int64_t pairs, const float* scales, const float* steps, float* out,
          int64_t stride) {
  for (int64_t k = 0; k < pairs; k += kExact) {
    int32_t sums[Rows][kPanel];
    Sum<Rows>(v + k * Rows, m + k, std::min(kExact, pairs - k), sums);
    for (int r = 0; r < Rows; ++r) {
      float now[kPanel];
      for (int n = 0; n < kPanel; ++n) now[n] = static_cast<float>(sums[r][n]) * (scales[n] * steps[r]);
      float* at = out + r * stride;
      for (int n = 0; n < kPanel; ++n) at[n] = k == 0 ? now[n] : at[n] + now[n];
    }
  }
}

using Tiling = void (*)(const Pair*, const Column*, int64_t, const float*, const float*, float*, int64_t);
constexpr Tiling kTile[] = {nullptr, Tile<1>, Tile<2>, Tile<3>, Tile<4>, Tile<5>, Tile<6>};
static_assert(sizeof(kTile) / sizeof(Tiling) == kRows + 1);

// v: (…, batch, inputs); w: (…, panels, pairs, 16, 2); scales: (…, outputs); y: (…, batch, outputs).
ffi::Error Product(ffi::ThreadPool pool, ffi::Buffer<ffi::F32> v, ffi::Buffer<ffi::S8> w, ffi::Buffer<ffi::F32> scales,
                   ffi::ResultBuffer<ffi::F32> y) {
  const int64_t inputs = v.dimensions().back(), outputs = y->dimensions().back();
  const auto shape = w.dimensions();
  const int64_t panels = shape[shape.size() - 4], pairs = shape[shape.size() - 3];
  if (inputs > 2 * pairs || outputs > panels * kPanel) return ffi::Error::InvalidArgument("the matrix is too small");
  const int64_t batch = inputs == 0 ? 0 : static_cast<int64_t>(v.element_count()) / inputs;
  const int64_t tiles = (batch + kRows - 1) / kRows;
  const auto begin = [&](int64_t t) { return t * batch / tiles; };
  std::vector<Pair> operands(batch * pairs);
  std::vector<float> steps(batch);
  std::vector<int16_t> whole(2 * pairs);
  for (int64_t t = 0; t < tiles; ++t)
    for (int64_t b = begin(t), rows = begin(t + 1) - b, r = 0; r < rows; ++r) {
      steps[b + r] = Whole(v.typed_data() + (b + r) * inputs, inputs, whole.data());
      for (int64_t k = 0; k < pairs; ++k) operands[b * pairs + k * rows + r] = {whole[2 * k], whole[2 * k + 1]};
    }
  const auto* numbers = reinterpret_cast<const Column*>(w.typed_data());
  float* out = y->typed_data();

  const auto run = [&](int64_t first, int64_t last) {
    for (int64_t p = first; p < last; ++p) {
      const int64_t place = p * kPanel, count = std::min(kPanel, outputs - place);
      float scale[kPanel] = {}, aside[kRows * kPanel];  // the last panel may be wider than what is left of the result
      std::copy_n(scales.typed_data() + place, count, scale);
      for (int64_t t = 0; t < tiles; ++t) {
        const int64_t b = begin(t), rows = begin(t + 1) - b;
        float* here = out + b * outputs + place;
        float* to = count == kPanel ? here : aside;
        const int64_t stride = count == kPanel ? outputs : kPanel;
        kTile[rows](operands.data() + b * pairs, numbers + p * pairs, pairs, scale, steps.data() + b, to, stride);
        if (to == aside)
          for (int64_t r = 0; r < rows; ++r) std::copy_n(aside + r * kPanel, count, here + r * outputs);
      }
    }
  };
  const int64_t bytes = panels * pairs * static_cast<int64_t>(sizeof(Column));
  carrousel::ShareStretches(pool, panels, bytes / kBytesAThread, run);
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(product_int8, Product,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::S8>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::F32>>());
