// Arrays from Python: numpy's through the buffer protocol, torch's tensors through DLPack's table of C functions, each a
// few dozen nanoseconds. What neither tells, whether a tensor's memory is there at all, its own methods do.
#include "bindings.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace {

constexpr std::int64_t largest_axis = std::int64_t{1} << 40;  // products with a few gates do not overflow

// DLPack 1.x, as its standard lays these structures out.
struct DLTensor {
  void* data;
  std::int32_t device_type, device_id, ndim;
  std::uint8_t code, bits;
  std::uint16_t lanes;
  std::int64_t *shape, *strides;
  std::uint64_t byte_offset;
};

struct DLPackExchange {
  std::uint32_t major, minor;
  DLPackExchange* before;
  void *allocate, *managed_from, *managed_to;
  int (*view)(void* object, DLTensor* out);
  void* stream;
};

constexpr std::int32_t cpu = 1;
constexpr char kinds[] = {'i', 'u', 'f'};  // by DLPack's code

struct Torch {
  PyObject *tensor = nullptr, *parameter = nullptr;
  const DLPackExchange* exchange = nullptr;
} torch;

bool is_tensor(nb::handle from) {
  const auto type = reinterpret_cast<PyObject*>(Py_TYPE(from.ptr()));
  return type == torch.tensor || type == torch.parameter;
}

nb::object ask(nb::handle of, PyObject* method) {
  PyObject* arguments[] = {of.ptr()};
  PyObject* result = PyObject_VectorcallMethod(method, arguments, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (result == nullptr) throw nb::python_error();
  return nb::steal(result);
}

#define ASK(of, method)                                          \
  [&] {                                                          \
    static PyObject* const name = PyUnicode_InternFromString(#method); \
    return ask(of, name);                                        \
  }()

std::string text(nb::handle of) { return nb::str(of).c_str(); }

template <class Sizes>
std::string in_words(const Sizes& sizes) {
  std::string words = "(";
  for (const auto size : sizes) words += (words.size() > 1 ? ", " : "") + std::to_string(size);
  return words + (sizes.size() == 1 ? ",)" : ")");
}

std::string in_words(Number number) {
  return (number.kind == 'f' ? "float" : number.kind == 'i' ? "int" : "uint") + std::to_string(8 * number.bytes);
}

void enter(Array& array, int axes, const std::int64_t* shape, const std::int64_t* strides, std::int64_t unit) {
  array.axes = axes;
  for (int i = 0; i < std::min(axes, most_axes); ++i) array.shape[i] = shape[i], array.strides[i] = strides[i] / unit;
}

// Whether the storage holds every element that shape and strides reach.
bool in_storage(nb::handle tensor, const DLTensor& seen) {
  std::size_t last = 0;
  for (int i = 0; i < seen.ndim; ++i) {
    if (seen.shape[i] == 0) return true;
    if (seen.strides[i] < 0) return false;
    last += static_cast<std::size_t>(seen.shape[i] - 1) * static_cast<std::size_t>(seen.strides[i]);
  }
  const nb::object storage = ASK(tensor, untyped_storage);
  const Py_ssize_t bytes = PyObject_Size(storage.ptr());  // a fraction of what its method nbytes takes
  if (bytes <= 0) return PyErr_Occurred() ? throw nb::python_error() : false;
  const auto begin = PyLong_AsUnsignedLongLong(ASK(storage, data_ptr).ptr());
  const auto at = reinterpret_cast<std::uintptr_t>(seen.data);
  return at >= begin && at - begin + (last + 1) * seen.lanes * seen.bits / 8 <= static_cast<std::size_t>(bytes);
}

void check_memory(const char* name, nb::handle tensor, const DLTensor& seen) {
  if (in_storage(tensor, seen)) return;
  unfit(name, "of shape " + in_words(std::vector<std::int64_t>(seen.shape, seen.shape + seen.ndim)),
        "as much memory as that takes; its storage was made smaller");
}

// Of a torch without the table, by its methods.
DLTensor by_methods(nb::handle tensor, std::vector<std::int64_t>& sizes) {
  DLTensor seen{};
  const std::string dtype = text(tensor.attr("dtype"));
  seen.code = dtype == "torch.int64" ? 0 : dtype == "torch.float32" ? 2 : 255;  // no other is wanted
  seen.bits = static_cast<std::uint8_t>(nb::cast<int>(tensor.attr("element_size")()) * 8), seen.lanes = 1;
  seen.device_type = nb::cast<bool>(tensor.attr("is_cpu")) ? cpu : 0;
  seen.ndim = nb::cast<std::int32_t>(tensor.attr("dim")());
  for (nb::handle size : nb::tuple(tensor.attr("shape"))) sizes.push_back(nb::cast<std::int64_t>(size));
  for (nb::handle stride : nb::tuple(tensor.attr("stride")())) sizes.push_back(nb::cast<std::int64_t>(stride));
  seen.shape = sizes.data(), seen.strides = sizes.data() + seen.ndim;
  if (seen.device_type == cpu) seen.data = reinterpret_cast<void*>(nb::cast<std::uintptr_t>(tensor.attr("data_ptr")()));
  return seen;
}

// Shape and strides are the tensor's own or, without the table, in `sizes`.
DLTensor seen(const char* name, nb::handle tensor, std::vector<std::int64_t>& sizes) try {
  if (torch.exchange == nullptr) return by_methods(tensor, sizes);
  DLTensor result{};
  if (torch.exchange->view(tensor.ptr(), &result) != 0) throw nb::python_error();
  result.data = static_cast<char*>(result.data) + result.byte_offset;
  return result;
} catch (const nb::python_error&) {  // as of sparse tensors and those on no device, which have no memory to point to
  unfit(name, text(tensor.attr("layout")) + " on " + text(tensor.attr("device")), "torch.strided on the CPU");
}

Array look_at_tensor(const char* name, nb::handle from, Number number, Owner owner) {
  std::vector<std::int64_t> sizes;
  const DLTensor tensor = seen(name, from, sizes);
  if (tensor.device_type != cpu) unfit(name, "on " + text(from.attr("device")), "on the CPU");
  const bool fits = tensor.code < sizeof(kinds) && kinds[tensor.code] == number.kind;
  if (!fits || tensor.bits != 8 * number.bytes || tensor.lanes != 1) {
    unfit(name, text(from.attr("dtype")), "torch." + in_words(number));
  }
  Array array;
  array.data = static_cast<char*>(tensor.data);
  enter(array, tensor.ndim, tensor.shape, tensor.strides, 1);
  if (owner == Owner::us) return array;
  check_memory(name, from, tensor);
  if (ASK(from, is_neg).ptr() == Py_True) wrong_layout(name);
  return array;
}

// Whether all are torch's own strided tensors of float32 on the CPU, or None. May say no where that would take longer.
bool are_plain(const nb::args& tensors) {
  for (nb::handle tensor : tensors) {
    if (tensor.is_none()) continue;
    DLTensor seen{};
    if (!is_tensor(tensor) || torch.exchange == nullptr) return false;
    if (torch.exchange->view(tensor.ptr(), &seen) != 0) {
      PyErr_Clear();
      return false;
    }
    const bool fits = seen.device_type == cpu && seen.code < sizeof(kinds) && kinds[seen.code] == 'f' && seen.bits == 32;
    if (!fits || seen.lanes != 1 || ASK(tensor, is_neg).ptr() != Py_False) return false;
  }
  return true;
}

// Of numpy's formats, those of one number of this machine: "f", and "=f" where it is not aligned.
bool is_of(const Py_buffer& view, Number number) {
  const char* format = view.format == nullptr ? "B" : view.format + (*view.format == '=' || *view.format == '@');
  if (format[0] == '\0' || format[1] != '\0' || view.itemsize != number.bytes) return false;
  const char* formats = number.kind == 'f' ? "fd" : number.kind == 'i' ? "bhilq" : "BHILQ";
  return std::strchr(formats, *format) != nullptr;
}

Py_buffer buffer(const char* name, nb::handle from, int flags, Number number) {
  Py_buffer view;
  if (PyObject_GetBuffer(from.ptr(), &view, flags | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    unfit(name, "of type " + text(nb::handle(reinterpret_cast<PyObject*>(Py_TYPE(from.ptr()))).attr("__name__")),
          "an array of " + in_words(number));
  }
  if (!is_of(view, number)) {
    PyBuffer_Release(&view);
    unfit(name, nb::hasattr(from, "dtype") ? text(from.attr("dtype")) : "bytes", in_words(number));
  }
  return view;
}

Array look_at_buffer(const char* name, nb::handle from, Number number) {
  Py_buffer view = buffer(name, from, PyBUF_STRIDES, number);
  Array array;
  array.data = static_cast<char*>(view.buf);
  static_assert(sizeof(Py_ssize_t) == sizeof(std::int64_t));
  enter(array, view.ndim, reinterpret_cast<const std::int64_t*>(view.shape),
        reinterpret_cast<const std::int64_t*>(view.strides), view.itemsize);
  bool aligned = reinterpret_cast<std::uintptr_t>(view.buf) % static_cast<std::size_t>(view.itemsize) == 0;
  for (int i = 0; i < view.ndim; ++i) aligned = aligned && view.strides[i] % view.itemsize == 0;
  PyBuffer_Release(&view);
  if (!aligned && !array.empty()) wrong_layout(name);
  return array;
}

}  // namespace

bool Array::empty() const { return std::any_of(shape, shape + std::min(axes, most_axes), [](auto size) { return size == 0; }); }

bool Array::contiguous() const {
  if (empty()) return true;
  std::int64_t next = 1;
  for (int i = axes - 1; i >= 0; --i) {
    if (shape[i] != 1 && strides[i] != next) return false;
    next *= shape[i];
  }
  return true;
}

void unfit(const char* name, const std::string& is, const std::string& expected) {
  throw Unfit(std::string(name) + " is " + is + "; expected " + expected);
}

void wrong_layout(const char* name) { throw WrongLayout(std::string(name) + " does not lie in memory as the kernels read it"); }

Array look(const char* name, nb::handle from, int axes, Number number, Owner owner) {
  if (from.is_none()) unfit(name, "None", "an array of " + in_words(number));
  const Array array = is_tensor(from) ? look_at_tensor(name, from, number, owner) : look_at_buffer(name, from, number);
  if (axes == any_axes ? array.axes < 1 || array.axes > most_axes : array.axes != axes) {
    unfit(name, "of " + std::to_string(array.axes) + " axes", axes == any_axes ? "1 to 3" : std::to_string(axes));
  }
  for (int i = 0; i < array.axes; ++i) {
    if (array.shape[i] > largest_axis) unfit(name, "of an axis of " + std::to_string(array.shape[i]), "fewer");
  }
  return array;
}

void check_shape(const char* name, const Array& array, Shape shape) {
  if (std::equal(shape.begin(), shape.end(), array.shape, [](auto a, auto b) { return static_cast<std::int64_t>(a) == b; })) return;
  const std::vector<std::int64_t> own(array.shape, array.shape + array.axes);
  throw Unfit(std::string(name) + " has shape " + in_words(own) + "; expected " + in_words(shape));
}

Lengths::Lengths(nb::handle from, std::size_t B, std::size_t T) : given_(!from.is_none()) {
  if (!given_) return;
  const auto* data = whole<const std::int64_t>("lengths", from, {B});
  copy_.assign(data, data + B);
  for (const std::int64_t length : copy_) {
    if (length < 0 || static_cast<std::size_t>(length) > T) {
      throw Unfit("a length is " + std::to_string(length) + "; expected 0 to " + std::to_string(T) + ", the number of steps");
    }
  }
}

std::size_t Lengths::sum() const { return std::accumulate(copy_.begin(), copy_.end(), std::size_t{0}); }

bool Lengths::descending() const { return std::is_sorted(copy_.begin(), copy_.end(), std::greater<>()); }

Floats::Floats(nb::handle array, int flags) : view_(buffer("the array", array, flags, number_of<float>)) {}

bool Floats::contiguous() const {
  const bool aligned = size() == 0 || reinterpret_cast<std::uintptr_t>(view_.buf) % sizeof(float) == 0;
  return aligned && PyBuffer_IsContiguous(&view_, 'C');
}

const unrolled::RecurrentKernel& kernel(const char* name) {
  for (const unrolled::RecurrentKernel* k = unrolled::kernels().recurrent; k->name != nullptr; ++k) {
    if (std::strcmp(k->name, name) == 0) return *k;
  }
  throw Unfit(std::string("there is no kernel ") + name);
}

void use_torch(nb::object tensor, nb::object parameter, nb::handle exchange) {
  const DLPackExchange* table = nullptr;
  if (!exchange.is_none()) {
    table = static_cast<const DLPackExchange*>(PyCapsule_GetPointer(exchange.ptr(), "dlpack_exchange_api"));
    if (table == nullptr) throw nb::python_error();
    if (table->major != 1 || table->view == nullptr) table = nullptr;
  }
  torch = {tensor.release().ptr(), parameter.release().ptr(), table};
}

void bind_arrays(nb::module_& m) {
  const nb::object input_error = nb::module_::import_("unrolled.errors").attr("InputError");
  static const nb::object& unfit = *new nb::object(nb::exception<Unfit>(m, "Unfit", input_error));
  nb::exception<WrongLayout>(m, "WrongLayout", unfit);
  m.def("use_torch", use_torch, nb::arg(), nb::arg(), nb::arg().none());
  m.def("are_plain", are_plain);
  m.def("check_memory", [](nb::handle tensor) {
    if (!is_tensor(tensor)) unfit("a tensor", "of a subclass", "one of torch's own class");
    std::vector<std::int64_t> sizes;
    check_memory("a tensor", tensor, seen("a tensor", tensor, sizes));
  });
}
