// What the files of the Python module share: arrays from Python as pointers, checked where that costs little.
#pragma once

#include <nanobind/nanobind.h>

#include <cstring>
#include <memory>
#include <type_traits>

#include "kernels.h"

namespace nb = nanobind;

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

// Other Python threads may run while a large array is worked on; for a small one the hand-over would cost more.
template <class Work>
void run(std::size_t elements, Work work) {
  if (elements < 16384) return work();
  nb::gil_scoped_release released;
  work();
}

// A pointer: a whole number (torch's data_ptr), None, or an array, which the caller keeps alive.
template <class T = float>
T* pointer(nb::handle from) {
  if (from.is_none()) return nullptr;
  if (PyLong_Check(from.ptr())) return reinterpret_cast<T*>(nb::cast<std::uintptr_t>(from));
  Py_buffer view;
  if (PyObject_GetBuffer(from.ptr(), &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) != 0) throw nb::python_error();
  const bool fits = view.itemsize == static_cast<Py_ssize_t>(sizeof(T)) && view.format != nullptr &&
                    (std::is_floating_point_v<std::remove_const_t<T>> ? *view.format == 'f' : *view.format != 'f');
  void* data = view.buf;
  PyBuffer_Release(&view);
  if (!fits) throw nb::type_error("expected an array of float32, or of int64 for lengths");
  return static_cast<T*>(data);
}

inline nb::handle item(const nb::tuple& of, std::size_t i) { return nb::handle(PyTuple_GET_ITEM(of.ptr(), i)); }

inline const unrolled::RecurrentKernel& kernel(const char* name) {
  for (const unrolled::RecurrentKernel* k = unrolled::kernels().recurrent; k->name != nullptr; ++k) {
    if (std::strcmp(k->name, name) == 0) return *k;
  }
  throw nb::value_error("there is no kernel of this name");
}

inline void check_lengths(const std::int64_t* lengths, std::size_t B, std::size_t T) {
  for (std::size_t b = 0; lengths != nullptr && b < B; ++b) {
    if (lengths[b] < 0 || static_cast<std::size_t>(lengths[b]) > T) {
      throw nb::value_error("a length is below 0 or above the number of steps");
    }
  }
}

// Enters the calls of bindings_lexicon.cpp.
void bind_lexicon(nb::module_& m);
