// Vectors times a matrix whose numbers are bfloat16 or int8, for XLA's CPU backend.
//
// The matrix is filled up with zeros and lies as [group of 4 outputs][group of 16 inputs][4][16]. So it is read once, in
// order, four outputs at a time, and widened in registers; of several vectors two meet what was widened. A vector's sums
// are made in one order whatever stands beside it.

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

__m128 Sums(const __m256i* four) {
  const __m256i pairs =
      _mm256_hadd_epi32(_mm256_hadd_epi32(four[0], four[1]), _mm256_hadd_epi32(four[2], four[3]));
  return _mm_cvtepi32_ps(_mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
}
#else
// Where the number of an input and an output lies in a group of outputs.
int64_t Place(int64_t r, int64_t n) { return r / kTogether * kTogether * kOutputs + n * kTogether + r % kTogether; }
#endif

// Of 16 inputs those of even place come first in the vector that is multiplied, as the halves of 32 bits are taken.
struct BFloat16 {
  using Number = uint16_t;
  using Operand = float;

  static float Prepare(const float* v, int64_t inputs, Operand* out) {
    for (int64_t r = 0; r < inputs; ++r) out[r / kTogether * kTogether + (r % 2) * 8 + (r % kTogether) / 2] = v[r];
    return 1.0f;
  }

  // Of each of `Vectors` vectors, which lie `inputs` numbers apart, the sums of kOutputs outputs.
  template <int Vectors>
  static void Dots(const Number* w, const Operand* v, int64_t inputs, float* sums) {
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
        const int64_t at = r / kTogether * kTogether + (r % 2) * 8 + (r % kTogether) / 2;
        for (int s = 0; s < Vectors; ++s) sums[s * kOutputs + n] += number * v[s * inputs + at];
      }
#endif
  }
};

// The vector becomes whole numbers of 15 bits, so that all sums are exact.
struct Int8 {
  using Number = int8_t;
  using Operand = int16_t;
  static constexpr int64_t kExact = 1 << 10;  // inputs whose products fit into 32 bits
  static constexpr float kLargest = 16383.0f;

  static float Prepare(const float* v, int64_t inputs, Operand* out) {
    uint32_t most = 0;  // of the bits without the sign: their order is that of the numbers, and infinity is above all
    for (int64_t r = 0; r < inputs; ++r) {
      uint32_t bits;
      std::memcpy(&bits, v + r, sizeof bits);
      most = std::max(most, bits & 0x7fffffffu);
    }
    float largest;
    std::memcpy(&largest, &most, sizeof largest);
    if (!std::isfinite(largest)) return NAN;
    if (largest == 0.0f) return 0.0f;
    const float step = largest / kLargest;
    for (int64_t r = 0; r < inputs; ++r) out[r] = static_cast<Operand>(std::nearbyint(v[r] / largest * kLargest));
    return step;
  }

  template <int Vectors>
  static void Dots(const Number* w, const Operand* v, int64_t inputs, float* sums) {
    std::fill(sums, sums + Vectors * kOutputs, 0.0f);
    for (int64_t from = 0; from < inputs; from += kExact) {
      const int64_t to = std::min(inputs, from + kExact);
#ifdef __AVX2__
      __m256i whole[Vectors][kOutputs] = {};
      for (int64_t r = from; r < to; r += kTogether)
        for (int n = 0; n < kOutputs; ++n) {
          const __m128i* at = reinterpret_cast<const __m128i*>(w + r * kOutputs + n * kTogether);
          const __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128(at));
          for (int s = 0; s < Vectors; ++s) {
            const __m256i now = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(v + s * inputs + r));
            whole[s][n] = _mm256_add_epi32(whole[s][n], _mm256_madd_epi16(wide, now));
          }
        }
      for (int s = 0; s < Vectors; ++s) {
        float* at = sums + s * kOutputs;
        _mm_storeu_ps(at, _mm_add_ps(_mm_loadu_ps(at), Sums(whole[s])));
      }
#else
      for (int n = 0; n < kOutputs; ++n)
        for (int s = 0; s < Vectors; ++s) {
          int32_t whole = 0;
          for (int64_t r = from; r < to; ++r) whole += int32_t{w[Place(r, n)]} * v[s * inputs + r];
          sums[s * kOutputs + n] += static_cast<float>(whole);
        }
#endif
    }
  }
};

// v: (…, batch, given); w: (…, groups, groups, 4, 16); scales: (…, outputs); y: (…, batch, outputs).
template <typename Kind, typename Weights>
ffi::Error Product(ffi::ThreadPool pool, ffi::Buffer<ffi::F32> v, Weights w, ffi::Buffer<ffi::F32> scales,
                   ffi::ResultBuffer<ffi::F32> y) {
  const int64_t given = v.dimensions().back(), outputs = y->dimensions().back();
  const auto shape = w.dimensions();
  const int64_t groups = shape[shape.size() - 4], inputs = shape[shape.size() - 3] * kTogether;
  if (given > inputs || outputs > groups * kOutputs) return ffi::Error::InvalidArgument("the matrix is too small");
  const int64_t batch = given == 0 ? 0 : static_cast<int64_t>(v.element_count()) / given;
  std::vector<Line> lines((batch * inputs * sizeof(typename Kind::Operand) + sizeof(Line) - 1) / sizeof(Line));
  auto* operands = reinterpret_cast<typename Kind::Operand*>(lines.data());
  std::vector<float> steps(batch);
  for (int64_t b = 0; b < batch; ++b)
    steps[b] = Kind::Prepare(v.typed_data() + b * given, given, operands + b * inputs);
  const auto* numbers = reinterpret_cast<const typename Kind::Number*>(w.untyped_data());
  const float* scale = scales.typed_data();
  float* out = y->typed_data();

  // Some vectors by the groups of outputs from `first` on.
  const auto some = [&](int64_t first, int64_t last, int64_t from, int64_t to) {
    float sums[kSide * kOutputs];
    for (int64_t g = first; g < last; ++g) {
      const int64_t place = g * kOutputs, count = std::min(kOutputs, outputs - place);
      for (int64_t b = from; b < to; b += kSide) {
        const int64_t vectors = std::min(kSide, to - b);
        (vectors == kSide ? Kind::template Dots<kSide> : Kind::template Dots<1>)(
            numbers + place * inputs, operands + b * inputs, inputs, sums);
        for (int64_t s = 0; s < vectors; ++s)
          for (int64_t n = 0; n < count; ++n)
            out[(b + s) * outputs + place + n] = sums[s * kOutputs + n] * (scale[place + n] * steps[b + s]);
      }
    }
  };
  const auto run = [&](int64_t first, int64_t last) {
    for (int64_t b = 0; b < batch; b += kBlock) some(first, last, b, std::min(batch, b + kBlock));
  };
  const int64_t bytes = groups * kOutputs * inputs * static_cast<int64_t>(sizeof(typename Kind::Number));
  const int64_t chunks = std::max<int64_t>(1, std::min({pool.num_threads(), bytes / kBytesAThread, groups}));
  carrousel::Share(pool, chunks, [&](int64_t n) { run(n * groups / chunks, (n + 1) * groups / chunks); });
  return ffi::Error::Success();
}

}  // namespace

#define CARROUSEL_PRODUCT(name, kind, type)                                                         \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(name, (Product<kind, ffi::Buffer<type>>),                           \
                                ffi::Ffi::Bind()                                                    \
                                    .Ctx<ffi::ThreadPool>()                                         \
                                    .Arg<ffi::Buffer<ffi::F32>>()                                   \
                                    .Arg<ffi::Buffer<type>>()                                       \
                                    .Arg<ffi::Buffer<ffi::F32>>()                                   \
                                    .Ret<ffi::Buffer<ffi::F32>>())

CARROUSEL_PRODUCT(product_bfloat16, BFloat16, ffi::U16);
CARROUSEL_PRODUCT(product_int8, Int8, ffi::S8);
