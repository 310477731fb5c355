// The Python module unrolled._native: the only file that knows Python. src/unrolled/kernels.py is its only caller.
#include <nanobind/nanobind.h>

#include "kernels.h"

namespace nb = nanobind;

namespace {

// A view of a C-contiguous float32 array through the buffer protocol: for one small array this costs a fraction of
// what nb::ndarray's DLPack exchange does. Raises TypeError or BufferError for anything else.
class Floats {
 public:
  Floats(nb::handle array, bool writable) {
    const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array.ptr(), &view_, flags) != 0) throw nb::python_error();
    if (view_.format == nullptr || view_.format[0] != 'f' || view_.format[1] != '\0') {
      PyBuffer_Release(&view_);
      throw nb::type_error("expected an array of float32");
    }
  }
  ~Floats() { PyBuffer_Release(&view_); }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  float* data() const { return static_cast<float*>(view_.buf); }
  std::size_t size() const { return static_cast<std::size_t>(view_.len) / sizeof(float); }
  int dimensions() const { return view_.ndim; }
  std::size_t length(int axis) const { return static_cast<std::size_t>(view_.shape[axis]); }

 private:
  Py_buffer view_;
};

// Other Python threads may run while a large array is worked on; for a small one the hand-over would cost more.
template <class Work>
void run(std::size_t elements, Work work) {
  if (elements < 16384) return work();
  nb::gil_scoped_release released;
  work();
}

using Elementwise = void (*unrolled::Kernels::*)(const float*, float*, std::size_t);
using Rows = void (*unrolled::Kernels::*)(const float*, float*, std::size_t, std::size_t);

template <Elementwise kernel>
void elementwise(nb::handle x, nb::handle y) {
  const Floats in(x, false), out(y, true);
  if (in.size() != out.size()) throw nb::value_error("x and y differ in size");
  run(in.size(), [&] { (unrolled::kernels().*kernel)(in.data(), out.data(), in.size()); });
}

// `per_row`: results for each row of x (N, V), V of them or one.
template <Rows kernel, bool per_row>
void rows(nb::handle x, nb::handle y) {
  const Floats in(x, false), out(y, true);
  if (in.dimensions() != 2) throw nb::value_error("x must be (N, V)");
  if (out.size() != (per_row ? in.length(0) : in.size())) throw nb::value_error("y does not have the size of the result");
  run(in.size(), [&] { (unrolled::kernels().*kernel)(in.data(), out.data(), in.length(0), in.length(1)); });
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
  m.def("softmax", rows<&unrolled::Kernels::softmax, false>);
  m.def("log_sum_exp", rows<&unrolled::Kernels::log_sum_exp, true>);
  m.def("info", info);
}
