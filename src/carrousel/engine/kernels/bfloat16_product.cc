// Vectors times a matrix of bfloat16, for XLA's CPU backend.
//
// The matrix is filled up with zeros and lies as [group of 4 outputs][group of 16 inputs][4][16]. So it is read once, in
// order, four outputs at a time, and widened in registers; of several vectors two meet what was widened. A vector's sums
// are made in one order whatever stands beside it.

#include <algorithm>
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

constexpr int64_t kTogether = 16;           // inputs that are read at a time
constexpr int64_t kOutputs = 4;             // outputs that are summed side by side
constexpr int64_t kSide = 2;                // vectors that are
constexpr int64_t kBlock = 16;              // vectors that stay in the first cache while the matrix goes by
constexpr int64_t kBytesAThread = 1 << 18;  // what is smaller than this is read by one core sooner than two can meet

// Vectors begin where a line of the cache does: a register that is read across two lines takes twice as long.
struct alignas(64) Line {
  char bytes[64] = {};
};

#ifdef __AVX2__
// The sums of four registers' numbers, beside one another.
__m128 Sums(const __m256* four) {
  const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(four[0], four[1]), _mm256_hadd_ps(four[2], four[3]));
  return _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1));
}
#else
// Where the number of an input and an output lies in a group of outputs.
int64_t Place(int64_t r, int64_t n) { return r / kTogether * kTogether * kOutputs + n * kTogether + r % kTogether; }
#endif

// Of 16 inputs those of even place come first, as the halves of 32 bits are taken.
int64_t Beside(int64_t r) { return r / kTogether * kTogether + (r % 2) * 8 + (r % kTogether) / 2; }

// Of each of `Vectors` vectors, which lie `inputs` numbers apart, the sums of kOutputs outputs.
template <int Vectors>
void Dots(const uint16_t* w, const float* v, int64_t inputs, float* sums) {
#ifdef __AVX2__
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000u));
  __m256 both[Vectors][kOutputs] = {};
  for (int64_t r = 0; r < inputs; r += kTogether)
    for (int n = 0; n < kOutputs; ++n) {
      const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + r * kOutputs + n * kTogether));
      const __m256 even = _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
      const __m256 odd = _mm256_castsi256_ps(_mm256_and_si256(pairs, upper));
      for (int s = 0; s < Vectors; ++s) {
        both[s][n] = _mm256_fmadd_ps(even, _mm256_loadu_ps(v + s * inputs + r), both[s][n]);
        both[s][n] = _mm256_fmadd_ps(odd, _mm256_loadu_ps(v + s * inputs + r + 8), both[s][n]);
      }
    }
  for (int s = 0; s < Vectors; ++s) _mm_storeu_ps(sums + s * kOutputs, Sums(both[s]));
#else
  std::fill(sums, sums + Vectors * kOutputs, 0.0f);
  for (int64_t r = 0; r < inputs; ++r)
    for (int n = 0; n < kOutputs; ++n) {
      const uint32_t wide = static_cast<uint32_t>(w[Place(r, n)]) << 16;
      float number;
      std::memcpy(&number, &wide, sizeof number);
      for (int s = 0; s < Vectors; ++s) sums[s * kOutputs + n] += number * v[s * inputs + Beside(r)];
    }
#endif
}

// v: (…, batch, given); w: (…, groups, groups, 4, 16); y: (…, batch, outputs).
ffi::Error Product(ffi::ThreadPool pool, ffi::Buffer<ffi::F32> v, ffi::Buffer<ffi::U16> w,
                   ffi::ResultBuffer<ffi::F32> y) {
  const int64_t given = v.dimensions().back(), outputs = y->dimensions().back();
  const auto shape = w.dimensions();
  const int64_t groups = shape[shape.size() - 4], inputs = shape[shape.size() - 3] * kTogether;
  if (given > inputs || outputs > groups * kOutputs) return ffi::Error::InvalidArgument("the matrix is too small");
  const int64_t batch = given == 0 ? 0 : static_cast<int64_t>(v.element_count()) / given;
  std::vector<Line> lines((batch * inputs * sizeof(float) + sizeof(Line) - 1) / sizeof(Line));
  auto* operands = reinterpret_cast<float*>(lines.data());
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t r = 0; r < given; ++r) operands[b * inputs + Beside(r)] = v.typed_data()[b * given + r];
  const uint16_t* numbers = w.typed_data();
  float* out = y->typed_data();

  // Some vectors by the groups of outputs from `first` on.
  const auto some = [&](int64_t first, int64_t last, int64_t from, int64_t to) {
    float sums[kSide * kOutputs];
    for (int64_t g = first; g < last; ++g) {
      const int64_t place = g * kOutputs, count = std::min(kOutputs, outputs - place);
      for (int64_t b = from; b < to; b += kSide) {
        const int64_t vectors = std::min(kSide, to - b);
        (vectors == kSide ? Dots<kSide> : Dots<1>)(numbers + place * inputs, operands + b * inputs, inputs, sums);
        for (int64_t s = 0; s < vectors; ++s)
          std::memcpy(out + (b + s) * outputs + place, sums + s * kOutputs, count * sizeof(float));
      }
    }
  };
  const auto run = [&](int64_t first, int64_t last) {
    for (int64_t b = 0; b < batch; b += kBlock) some(first, last, b, std::min(batch, b + kBlock));
  };
  const int64_t bytes = groups * kOutputs * inputs * static_cast<int64_t>(sizeof(uint16_t));
  carrousel::ShareStretches(pool, groups, bytes / kBytesAThread, run);
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(product_bfloat16, Product,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::U16>>()
                                  .Ret<ffi::Buffer<ffi::F32>>());
