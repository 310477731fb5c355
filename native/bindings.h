// What the files of the Python module share: arrays from Python, numpy's and torch's, looked at before a kernel reads or
// writes them. Nothing that Python hands over is believed: types, shapes, strides and the memory behind are checked here.
#pragma once

#include <nanobind/nanobind.h>

#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels.h"

namespace nb = nanobind;

// What no kernel can take: another type, shape or device, or less memory than the shape says. Python's InputError.
struct Unfit : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The right numbers in other strides than the kernels read: a plain copy of them will do.
struct WrongLayout : Unfit {
  using Unfit::Unfit;
};

constexpr int most_axes = 3;

// Shape and strides are counted in elements.
struct Array {
  char* data = nullptr;
  int axes = 0;
  std::int64_t shape[most_axes] = {}, strides[most_axes] = {};

  std::size_t size(int axis) const { return static_cast<std::size_t>(shape[axis]); }
  bool empty() const;
  bool contiguous() const;
};

using Shape = std::initializer_list<std::size_t>;

constexpr int any_axes = 0;  // from one to most_axes

struct Number {
  char kind;  // f: floating point, i: whole, u: whole and never negative
  int bytes;
};

enum class Owner { caller, us };  // ours: made for this call, so that its memory need not be looked at

template <class T>
constexpr Number number_of{std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u', sizeof(T)};
template <class T>
constexpr Owner owner_of = std::is_const_v<T> ? Owner::caller : Owner::us;

// An array of this many axes and this type, whatever its strides. Throws Unfit or WrongLayout; the name is for them.
Array look(const char* name, nb::handle from, int axes, Number number, Owner owner);
// Throws Unfit unless the array has this shape.
void check_shape(const char* name, const Array& array, Shape shape);
[[noreturn]] void unfit(const char* name, const std::string& is, const std::string& expected);
[[noreturn]] void wrong_layout(const char* name);

template <class T>
Array look(const char* name, nb::handle from, int axes) {
  return look(name, from, axes, number_of<std::remove_const_t<T>>, owner_of<T>);
}

// The elements of an array that must be contiguous.
template <class T>
T* elements(const char* name, const Array& array) {
  if (!array.contiguous()) wrong_layout(name);
  return reinterpret_cast<T*>(array.data);
}

// The elements of a contiguous array of this shape.
template <class T = float>
T* whole(const char* name, nb::handle from, Shape shape) {
  const Array array = look<T>(name, from, static_cast<int>(shape.size()));
  check_shape(name, array, shape);
  return elements<T>(name, array);
}

// Likewise, or null for None.
template <class T = float>
T* optional(const char* name, nb::handle from, Shape shape) {
  return from.is_none() ? nullptr : whole<T>(name, from, shape);
}

// Rows of (batch, time), whose last axis alone must be contiguous; of two axes, packed or one step, throughout.
template <class T>
unrolled::Rows<T> rows(const char* name, const Array& array) {
  if (array.axes == 2) return {elements<T>(name, array), static_cast<std::ptrdiff_t>(array.shape[1]), 0};
  if (array.shape[2] > 1 && array.strides[2] != 1 && !array.empty()) wrong_layout(name);
  return {reinterpret_cast<T*>(array.data), array.strides[0], array.strides[1]};
}

template <class T>
unrolled::Rows<T> rows(const char* name, nb::handle from, Shape shape) {
  const Array array = look<T>(name, from, static_cast<int>(shape.size()));
  check_shape(name, array, shape);
  return rows<T>(name, array);
}

// The lengths (B) of rows of at most T steps, copied: what Python's other threads do to theirs meanwhile does not matter.
// Empty for None.
class Lengths {
 public:
  Lengths(nb::handle from, std::size_t B, std::size_t T);
  const std::int64_t* data() const { return given_ ? copy_.data() : nullptr; }
  std::size_t sum() const;
  bool descending() const;

 private:
  bool given_;
  std::vector<std::int64_t> copy_;
};

// torch's classes of tensors, whose memory is looked at, and its DLPack table or None (before torch 2.10).
void use_torch(nb::object tensor, nb::object parameter, nb::handle exchange);

// A float32 array seen through the buffer protocol, any axes and strides. Raises Unfit for anything else.
class Floats {
 public:
  Floats(nb::handle array, int flags);
  ~Floats() { PyBuffer_Release(&view_); }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  Py_buffer* view() { return &view_; }
  float* data() const { return static_cast<float*>(view_.buf); }
  std::size_t size() const { return static_cast<std::size_t>(view_.len) / sizeof(float); }
  bool contiguous() const;

  // As rows of the last axis: (..., V) is (N, V).
  std::size_t columns() const { return view_.ndim == 0 ? 1 : static_cast<std::size_t>(view_.shape[view_.ndim - 1]); }
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

// Entry i of a tuple that must have `count` of them; Python's own code makes these tuples.
inline nb::handle item(const nb::tuple& of, std::size_t i, std::size_t count) {
  if (of.size() != count) throw Unfit("received " + std::to_string(of.size()) + " arrays; expected " + std::to_string(count));
  return nb::handle(PyTuple_GET_ITEM(of.ptr(), i));
}

inline nb::handle item(const nb::tuple& of, std::size_t i) { return item(of, i, of.size()); }

// The elements of an array of one or more axes, whose size the caller looks at.
template <class T>
T* pointer(nb::handle from) {
  return elements<T>("an array", look<T>("an array", from, any_axes));
}

const unrolled::RecurrentKernel& kernel(const char* name);

constexpr int reverse_flag = 1, packed_flag = 2, complex_flag = 4, step_flag = 8, time_first_flag = 16, layer_flag = 32;

// Enters Unfit, WrongLayout and use_torch.
void bind_arrays(nb::module_& m);
// Enters the calls of bindings_recurrent.cpp.
void bind_recurrent(nb::module_& m);
// Enters the calls of bindings_frozen.cpp.
void bind_frozen(nb::module_& m);
// Enters the calls of bindings_lexicon.cpp.
void bind_lexicon(nb::module_& m);
// Enters the call of bindings_strokes.cpp.
void bind_strokes(nb::module_& m);
