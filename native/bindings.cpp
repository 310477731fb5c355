// The Python module unrolled._native. src/unrolled/kernels and completion/search.py call it for numpy, nn/raw.py for
// torch. Python is known in bindings*.* alone.
#include "bindings.h"

#include "pages.h"
#include "parallel.h"

namespace {

// The arguments of a kernel: x as it lies or, where it is not contiguous, copied to y, where the kernel then works.
struct Arguments {
  Floats x;
  Floats y;
  const float* in;

  Arguments(nb::handle source, nb::handle target)
      : x(source, PyBUF_STRIDES), y(target, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE), in(x.data()) {
    if (x.size() != y.size()) throw nb::value_error("x and y differ in size");
    if (PyBuffer_IsContiguous(x.view(), 'C')) return;
    if (PyBuffer_ToContiguous(y.data(), x.view(), x.view()->len, 'C') != 0) throw nb::python_error();
    in = y.data();
  }
};

using Elementwise = void (*unrolled::Kernels::*)(const float*, float*, std::size_t);

template <Elementwise kernel>
void elementwise(nb::handle x, nb::handle y) {
  const Arguments a(x, y);
  run(a.x.size(), [&] { (unrolled::kernels().*kernel)(a.in, a.y.data(), a.x.size()); });
}

void softmax(nb::handle x, nb::handle y) {
  const Arguments a(x, y);
  run(a.x.size(), [&] { unrolled::kernels().softmax(a.in, a.y.data(), a.x.rows(), a.x.columns()); });
}

void log_sum_exp(nb::handle x, nb::handle y) {
  const Floats in(x, PyBUF_C_CONTIGUOUS), out(y, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE);
  if (out.size() != in.rows()) throw nb::value_error("y must have one element for each row of x");
  run(in.size(), [&] { unrolled::kernels().log_sum_exp(in.data(), out.data(), in.rows(), in.columns()); });
}

template <class T>
unrolled::Rows<T> rows(nb::handle data, const nb::tuple& strides) {
  return {pointer<T>(data), nb::cast<std::ptrdiff_t>(item(strides, 0)), nb::cast<std::ptrdiff_t>(item(strides, 1))};
}

constexpr int reverse_flag = 1, packed_flag = 2, complex_flag = 4;

void fill(unrolled::Recurrence& a, const nb::tuple& sizes, nb::handle lengths, int flags, const nb::tuple& weights,
          const nb::tuple& state, nb::handle keep, std::size_t threads) {
  const auto size = [&](std::size_t i) { return nb::cast<std::size_t>(item(sizes, i)); };
  a.sizes = {size(0), size(1), size(2), size(3)};
  a.lengths = pointer<const std::int64_t>(lengths);
  a.reverse = (flags & reverse_flag) != 0;
  a.packed = (flags & packed_flag) != 0;
  const auto weight = [&](std::size_t i) { return pointer<const float>(item(weights, i)); };
  a.U = weight(0), a.W = weight(1), a.b_x = weight(2), a.b_h = weight(3), a.peephole = weight(4);
  a.h0 = pointer<const float>(item(state, 0)), a.c0 = pointer<const float>(item(state, 1));
  if (!keep.is_none()) {
    const nb::tuple pair = nb::cast<nb::tuple>(keep);
    a.keep_h = pointer<const float>(item(pair, 0)), a.keep_c = pointer<const float>(item(pair, 1));
  }
  a.threads = threads;
  check_lengths(a.lengths, a.sizes.B, a.sizes.T);
}

void recurrent_forward(const char* cell, const nb::tuple& sizes, nb::handle lengths, int flags, nb::handle x,
                       const nb::tuple& x_strides, const nb::tuple& weights, const nb::tuple& state, nb::handle y,
                       const nb::tuple& y_strides, const nb::tuple& last, nb::handle saved, nb::handle keep,
                       std::size_t threads) {
  unrolled::RecurrentForward a{};
  fill(a, sizes, lengths, flags, weights, state, keep, threads);
  a.x = rows<const float>(x, x_strides);
  a.y = rows<float>(y, y_strides);
  a.h = pointer(item(last, 0)), a.c = pointer(item(last, 1));
  if (!saved.is_none()) {
    const nb::tuple pair = nb::cast<nb::tuple>(saved);
    a.gates = pointer(item(pair, 0)), a.cells = pointer(item(pair, 1));
  }
  const unrolled::RecurrentKernel& k = kernel(cell);
  const std::size_t steps = a.packed ? 0 : a.sizes.B * a.sizes.T;  // packed there may be fewer
  unrolled::prefer_large_pages(a.y.data, steps * a.sizes.H);
  unrolled::prefer_large_pages(a.gates, steps * k.kept * a.sizes.H);
  unrolled::prefer_large_pages(a.cells, steps * a.sizes.H);
  run(a.sizes.B * a.sizes.T * a.sizes.H * (a.sizes.D + a.sizes.H), [&] { k.forward(a); });
}

void recurrent_backward(const char* cell, const nb::tuple& sizes, nb::handle lengths, int flags, nb::handle x,
                        const nb::tuple& x_strides, const nb::tuple& weights, const nb::tuple& state, nb::handle y,
                        const nb::tuple& y_strides, const nb::tuple& saved, nb::handle keep, const nb::tuple& grads,
                        nb::handle d_x, const nb::tuple& d_x_strides, const nb::tuple& d_weights,
                        const nb::tuple& d_state, std::size_t threads) {
  unrolled::RecurrentBackward a{};
  fill(a, sizes, lengths, flags, weights, state, keep, threads);
  a.x = rows<const float>(x, x_strides);
  a.y = rows<const float>(y, y_strides);
  a.gates = pointer<const float>(item(saved, 0)), a.cells = pointer<const float>(item(saved, 1));
  a.d_y = rows<const float>(item(grads, 0), nb::cast<nb::tuple>(item(grads, 1)));
  a.d_h = pointer<const float>(item(grads, 2)), a.d_c = pointer<const float>(item(grads, 3));
  a.d_x = rows<float>(d_x, d_x_strides);
  const auto weight = [&](std::size_t i) { return pointer(item(d_weights, i)); };
  a.d_U = weight(0), a.d_W = weight(1), a.d_b_x = weight(2), a.d_b_h = weight(3), a.d_peephole = weight(4);
  a.d_h0 = pointer(item(d_state, 0)), a.d_c0 = pointer(item(d_state, 1));
  const unrolled::RecurrentKernel& k = kernel(cell);
  if (!a.packed) unrolled::prefer_large_pages(a.d_x.data, a.sizes.B * a.sizes.T * a.sizes.D);
  run(a.sizes.B * a.sizes.T * a.sizes.H * (a.sizes.D + a.sizes.H), [&] { k.backward(a); });
}

// An array and the strides of its batch and time.
template <class T>
unrolled::Rows<T> rows(nb::handle pair) {
  const nb::tuple both = nb::cast<nb::tuple>(pair);
  return rows<T>(item(both, 0), nb::cast<nb::tuple>(item(both, 1)));
}

void fill(unrolled::Scan& s, const nb::tuple& sizes, nb::handle lengths, int flags, nb::handle a, nb::handle h0,
          std::size_t threads) {
  const auto size = [&](std::size_t i) { return nb::cast<std::size_t>(item(sizes, i)); };
  s.B = size(0), s.T = size(1), s.H = size(2);
  s.lengths = pointer<const std::int64_t>(lengths);
  s.reverse = (flags & reverse_flag) != 0;
  s.complex = (flags & complex_flag) != 0;
  s.a = rows<const float>(a);
  s.h0 = pointer<const float>(h0);
  s.threads = threads;
  check_lengths(s.lengths, s.B, s.T);
}

void scan_forward(const nb::tuple& sizes, nb::handle lengths, int flags, nb::handle a, nb::handle b, nb::handle h0,
                  nb::handle y, nb::handle h, std::size_t threads) {
  unrolled::ScanForward s{};
  fill(s, sizes, lengths, flags, a, h0, threads);
  s.b = rows<const float>(b), s.y = rows<float>(y), s.h = pointer(h);
  unrolled::prefer_large_pages(s.y.data, s.B * s.T * s.H * (s.complex ? 2 : 1));
  run(s.B * s.T * s.H, [&] { unrolled::kernels().scan_forward(s); });
}

void scan_backward(const nb::tuple& sizes, nb::handle lengths, int flags, nb::handle a, nb::handle h0, nb::handle y,
                   nb::handle d_y, nb::handle d_h, nb::handle d_a, nb::handle d_b, nb::handle d_h0,
                   std::size_t threads) {
  unrolled::ScanBackward s{};
  fill(s, sizes, lengths, flags, a, h0, threads);
  s.y = rows<const float>(y), s.d_y = rows<const float>(d_y), s.d_h = pointer<const float>(d_h);
  s.d_a = rows<float>(d_a), s.d_b = rows<float>(d_b), s.d_h0 = pointer(d_h0);
  for (const auto& rows : {s.d_a, s.d_b}) {
    if (rows.time != 0) unrolled::prefer_large_pages(rows.data, s.B * s.T * s.H * (s.complex ? 2 : 1));
  }
  run(s.B * s.T * s.H, [&] { unrolled::kernels().scan_backward(s); });
}

double cross_entropy(const nb::tuple& sizes, nb::handle x, nb::handle weights, nb::handle bias, nb::handle targets,
                     const nb::tuple& gradients, std::size_t threads) {
  const auto size = [&](std::size_t i) { return nb::cast<std::size_t>(item(sizes, i)); };
  const auto gradient = [&](std::size_t i) { return pointer(item(gradients, i)); };
  const unrolled::CrossEntropy a{size(0), size(1), size(2), pointer<const float>(x), pointer<const float>(weights),
                                 pointer<const float>(bias), pointer<const std::int64_t>(targets), gradient(0),
                                 gradient(1), gradient(2), threads};
  for (std::size_t n = 0; n < a.N; ++n) {
    if (a.targets[n] < 0 || static_cast<std::size_t>(a.targets[n]) >= a.V) {
      throw nb::value_error("a target is below 0 or no row of weights");
    }
  }
  double loss = 0.0;
  run(a.N * a.E * a.V, [&] { loss = unrolled::kernels().cross_entropy(a); });
  return loss;
}

// What each recurrent kernel is: name → (gates, blocks of H kept for backward, whether the state has c).
nb::dict recurrent_kernels() {
  nb::dict result;
  for (const unrolled::RecurrentKernel* k = unrolled::kernels().recurrent; k->name != nullptr; ++k) {
    result[k->name] = nb::make_tuple(k->gates, k->kept, k->has_c);
  }
  return result;
}

nb::dict info() {
  nb::list available;
  for (const char* name : unrolled::available()) available.append(name);
  nb::dict result;
  result["instruction_set"] = unrolled::kernels().instruction_set;
  result["available"] = available;
  result["compiler"] = UNROLLED_COMPILER;
  result["flags"] = UNROLLED_FLAGS;
  result["version"] = UNROLLED_VERSION;
  return result;
}

}  // namespace

NB_MODULE(_native, m) {
  m.def("exp", elementwise<&unrolled::Kernels::exp>);
  m.def("sigmoid", elementwise<&unrolled::Kernels::sigmoid>);
  m.def("tanh", elementwise<&unrolled::Kernels::tanh>);
  m.def("softmax", softmax);
  m.def("log_sum_exp", log_sum_exp);
  m.def("recurrent_kernels", recurrent_kernels);
  m.def("recurrent_forward", recurrent_forward, nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(),
        nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg());
  m.def("recurrent_backward", recurrent_backward, nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg(),
        nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg().none(),
        nb::arg(), nb::arg(), nb::arg(), nb::arg());
  m.def("scan_forward", scan_forward, nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
        nb::arg(), nb::arg());
  m.def("scan_backward", scan_backward, nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
        nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg());
  m.def("cross_entropy", cross_entropy);
  bind_frozen(m);
  bind_lexicon(m);
  // The addresses of GOMP_parallel, omp_get_thread_num, omp_get_num_threads and omp_in_parallel.
  m.def("use_open_mp", [](std::uintptr_t parallel, std::uintptr_t thread, std::uintptr_t threads, std::uintptr_t nested) {
    const auto query = [](std::uintptr_t address) { return reinterpret_cast<int (*)()>(address); };
    unrolled::use_open_mp({reinterpret_cast<void (*)(void (*)(void*), void*, unsigned, unsigned)>(parallel),
                           query(thread), query(threads), query(nested)});
  });
  m.def("uses_open_mp", unrolled::uses_open_mp);
  m.def("pool_threads", unrolled::pool_threads);
  m.def("info", info);
  m.attr("interface") = UNROLLED_INTERFACE;
}
