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
    if (x.size() != y.size()) throw Unfit("x and y differ in size");
    if (x.contiguous()) return;
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
  if (!in.contiguous()) wrong_layout("x");
  if (out.size() != in.rows()) throw Unfit("y must have one element for each row of x");
  run(in.size(), [&] { unrolled::kernels().log_sum_exp(in.data(), out.data(), in.rows(), in.columns()); });
}

// What both directions of a scan begin with; `like` is b or y, (B, T, P·H).
Lengths fill(unrolled::Scan& s, nb::handle lengths, int flags, nb::handle a, nb::handle h0, const Array& like,
             std::size_t threads) {
  s.reverse = (flags & reverse_flag) != 0;
  s.complex = (flags & complex_flag) != 0;
  s.B = like.size(0), s.T = like.size(1), s.H = like.size(2) / (s.complex ? 2 : 1);
  if (s.complex && like.size(2) % 2 != 0) unfit("the last axis", std::to_string(like.size(2)), "real and imaginary parts");
  const std::size_t width = like.size(2);
  const Array factor = look<const float>("a", a, any_axes);
  if (factor.axes == 1) {
    check_shape("a", factor, {width});
    s.a = {elements<const float>("a", factor)};
  } else {
    if (factor.axes != 3) unfit("a", "of 2 axes", "1 or 3");
    check_shape("a", factor, {s.B, s.T, width});
    s.a = rows<const float>("a", factor);
  }
  s.h0 = whole<const float>("h", h0, {s.B, width});
  s.threads = threads;
  Lengths copied(lengths, s.B, s.T);
  s.lengths = copied.data();
  return copied;
}

void scan_forward(nb::handle lengths, int flags, nb::handle a, nb::handle b, nb::handle h0, nb::handle y, nb::handle h,
                  std::size_t threads) {
  unrolled::ScanForward s{};
  const Array like = look<const float>("b", b, 3);
  const Lengths held = fill(s, lengths, flags, a, h0, like, threads);
  const std::size_t width = like.size(2);
  s.b = rows<const float>("b", like), s.y = rows<float>("y", y, {s.B, s.T, width}), s.h = whole("h", h, {s.B, width});
  unrolled::prefer_large_pages(s.y.data, s.B * s.T * width);
  run(s.B * s.T * s.H, [&] { unrolled::kernels().scan_forward(s); });
}

void scan_backward(nb::handle lengths, int flags, nb::handle a, nb::handle h0, nb::handle y, nb::handle d_y,
                   nb::handle d_h, nb::handle d_a, nb::handle d_b, nb::handle d_h0, std::size_t threads) {
  unrolled::ScanBackward s{};
  const Array like = look<const float>("y", y, 3);
  const Lengths held = fill(s, lengths, flags, a, h0, like, threads);
  const std::size_t width = like.size(2);
  s.y = rows<const float>("y", like);
  if (!d_y.is_none()) s.d_y = rows<const float>("the gradient of y", d_y, {s.B, s.T, width});
  s.d_h = optional<const float>("the gradient of h", d_h, {s.B, width});
  if (look<const float>("a", a, any_axes).axes == 1) {
    s.d_a = {whole("d_a", d_a, {s.B, width}), static_cast<std::ptrdiff_t>(width), 0};
  } else {
    s.d_a = rows<float>("d_a", d_a, {s.B, s.T, width});
  }
  s.d_b = rows<float>("d_b", d_b, {s.B, s.T, width}), s.d_h0 = whole("d_h0", d_h0, {s.B, width});
  for (const auto& rows : {s.d_a, s.d_b}) {
    if (rows.time != 0) unrolled::prefer_large_pages(rows.data, s.B * s.T * width);
  }
  run(s.B * s.T * s.H, [&] { unrolled::kernels().scan_backward(s); });
}

double cross_entropy(nb::handle x, nb::handle weights, nb::handle bias, nb::handle targets, const nb::tuple& gradients,
                     std::size_t threads) {
  const Array in = look<const float>("x", x, 2), out = look<const float>("weights", weights, 2);
  const std::size_t N = in.size(0), E = in.size(1), V = out.size(0);
  check_shape("weights", out, {V, E});
  const auto* given = whole<const std::int64_t>("targets", targets, {N});
  const std::vector<std::int64_t> copied(given, given + N);  // as with Lengths
  for (const std::int64_t target : copied) {
    if (target < 0 || static_cast<std::size_t>(target) >= V) {
      throw Unfit("a target is " + std::to_string(target) + "; expected 0 to " + std::to_string(V) + " - 1, a row of weights");
    }
  }
  const unrolled::CrossEntropy a{N, E, V, elements<const float>("x", in), elements<const float>("weights", out),
                                 whole<const float>("bias", bias, {V}), copied.data(),
                                 optional("d_x", item(gradients, 0, 3), {N, E}),
                                 optional("d_weights", item(gradients, 1, 3), {V, E}),
                                 optional("d_bias", item(gradients, 2, 3), {V}), threads};
  double loss = 0.0;
  run(N * E * V, [&] { loss = unrolled::kernels().cross_entropy(a); });
  return loss;
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
  bind_arrays(m);
  bind_recurrent(m);
  m.def("exp", elementwise<&unrolled::Kernels::exp>);
  m.def("sigmoid", elementwise<&unrolled::Kernels::sigmoid>);
  m.def("tanh", elementwise<&unrolled::Kernels::tanh>);
  m.def("softmax", softmax);
  m.def("log_sum_exp", log_sum_exp);
  const auto some = nb::arg().none();  // None where there is no such array
  m.def("scan_forward", scan_forward, some, nb::arg(), some, some, some, nb::arg(), nb::arg(), nb::arg());
  m.def("scan_backward", scan_backward, some, nb::arg(), some, some, some, some, some, nb::arg(), nb::arg(), nb::arg(),
        nb::arg());
  m.def("cross_entropy", cross_entropy, some, some, some, some, nb::arg(), nb::arg());
  bind_frozen(m);
  bind_lexicon(m);
  bind_strokes(m);
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
