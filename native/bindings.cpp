// The Python module unrolled._native: the only file that knows Python. src/unrolled/kernels.py is its only caller.
#include <nanobind/nanobind.h>

#include "kernels.h"

namespace nb = nanobind;

namespace {

// A float32 array seen through the buffer protocol: for one small array this costs a fraction of what nb::ndarray's
// DLPack exchange does. Raises TypeError or BufferError for anything else.
class Floats {
 public:
  Floats(nb::handle array, int flags) {
    if (PyObject_GetBuffer(array.ptr(), &view_, flags | PyBUF_FORMAT) != 0) throw nb::python_error();
    if (view_.format == nullptr || view_.format[0] != 'f' || view_.format[1] != '\0') {
      PyBuffer_Release(&view_);
      throw nb::type_error("expected an array of float32");
    }
  }
  ~Floats() { PyBuffer_Release(&view_); }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  Py_buffer* view() { return &view_; }
  float* data() const { return static_cast<float*>(view_.buf); }
  std::size_t size() const { return static_cast<std::size_t>(view_.len) / sizeof(float); }

  // As rows of the last axis: (..., V) is (N, V).
  std::size_t columns() const { return static_cast<std::size_t>(view_.shape[view_.ndim - 1]); }
  std::size_t rows() const {
    std::size_t product = 1;
    for (int axis = 0; axis + 1 < view_.ndim; ++axis) product *= static_cast<std::size_t>(view_.shape[axis]);
    return product;
  }

 private:
  Py_buffer view_;
};

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

// Other Python threads may run while a large array is worked on; for a small one the hand-over would cost more.
template <class Work>
void run(std::size_t elements, Work work) {
  if (elements < 16384) return work();
  nb::gil_scoped_release released;
  work();
}

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
  m.def("info", info);
}
