// How arrays come from Python, for the files that bind kernels to the module unrolled._native.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <type_traits>

namespace nb = nanobind;

namespace unrolled {

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
  if (!fits) throw nb::type_error("expected an array of float32, or whole numbers of another size");
  return static_cast<T*>(data);
}

inline nb::handle item(const nb::tuple& of, std::size_t i) { return nb::handle(PyTuple_GET_ITEM(of.ptr(), i)); }

void bind_lexicon(nb::module_& m);

}  // namespace unrolled
