// A vector times a matrix whose numbers are bfloat16 or int8, for XLA's CPU backend.
//
// The matrix is filled up with zeros and lies as [group of 4 outputs][group of 16 inputs][4][16]. So it is read once, in
// order, four outputs at a time, and widened in registers.

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
constexpr int64_t kBytesAThread = 1 << 18;  // what is smaller than this is read by one core sooner than two can meet

#ifdef __AVX2__
float Sum(__m256 a) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
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

  static void Dots(const Number* w, const Operand* v, int64_t inputs, float* sums) {
#ifdef __AVX2__
    const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000u));
    __m256 even[kOutputs] = {}, odd[kOutputs] = {};
    for (int64_t r = 0; r < inputs; r += kTogether) {
      const __m256 first = _mm256_loadu_ps(v + r), second = _mm256_loadu_ps(v + r + 8);
      for (int n = 0; n < kOutputs; ++n) {
        const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + r * kOutputs + n * kTogether));
        even[n] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)), first, even[n]);
        odd[n] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_and_si256(pairs, upper)), second, odd[n]);
      }
    }
    for (int n = 0; n < kOutputs; ++n) sums[n] = Sum(_mm256_add_ps(even[n], odd[n]));
#else
    for (int n = 0; n < kOutputs; ++n) {
      sums[n] = 0.0f;
      for (int64_t r = 0; r < inputs; ++r) {
        const uint32_t wide = static_cast<uint32_t>(w[Place(r, n)]) << 16;
        float number;
        std::memcpy(&number, &wide, sizeof number);
        sums[n] += number * v[r / kTogether * kTogether + (r % 2) * 8 + (r % kTogether) / 2];
      }
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
    float largest = 0.0f;
    bool finite = true;
    for (int64_t r = 0; r < inputs; ++r) {
      finite = finite && std::isfinite(v[r]);
      largest = std::max(largest, std::fabs(v[r]));
    }
    if (!finite) return NAN;
    if (largest == 0.0f) return 0.0f;
    for (int64_t r = 0; r < inputs; ++r) out[r] = static_cast<Operand>(std::lrintf(v[r] / largest * kLargest));
    return largest / kLargest;
  }

  static void Dots(const Number* w, const Operand* v, int64_t inputs, float* sums) {
    std::fill(sums, sums + kOutputs, 0.0f);
    for (int64_t from = 0; from < inputs; from += kExact) {
      const int64_t to = std::min(inputs, from + kExact);
#ifdef __AVX2__
      __m256i whole[kOutputs] = {};
      for (int64_t r = from; r < to; r += kTogether) {
        const __m256i now = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(v + r));
        for (int n = 0; n < kOutputs; ++n) {
          const __m128i* at = reinterpret_cast<const __m128i*>(w + r * kOutputs + n * kTogether);
          whole[n] = _mm256_add_epi32(whole[n], _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128(at)), now));
        }
      }
      for (int n = 0; n < kOutputs; ++n) sums[n] += Sum(_mm256_cvtepi32_ps(whole[n]));
#else
      for (int n = 0; n < kOutputs; ++n) {
        int32_t whole = 0;
        for (int64_t r = from; r < to; ++r) whole += int32_t{w[Place(r, n)]} * v[r];
        sums[n] += static_cast<float>(whole);
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
  std::vector<typename Kind::Operand> operands(batch * inputs, 0);
  std::vector<float> steps(batch);
  for (int64_t b = 0; b < batch; ++b)
    steps[b] = Kind::Prepare(v.typed_data() + b * given, given, operands.data() + b * inputs);
  const auto* numbers = reinterpret_cast<const typename Kind::Number*>(w.untyped_data());
  const float* scale = scales.typed_data();
  float* out = y->typed_data();

  const auto run = [&](int64_t first, int64_t last) {
    float sums[kOutputs];
    for (int64_t g = first; g < last; ++g) {
      const int64_t from = g * kOutputs, count = std::min(kOutputs, outputs - from);
      for (int64_t b = 0; b < batch; ++b) {
        Kind::Dots(numbers + from * inputs, operands.data() + b * inputs, inputs, sums);
        for (int64_t n = 0; n < count; ++n) out[b * outputs + from + n] = sums[n] * (scale[from + n] * steps[b]);
      }
    }
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
