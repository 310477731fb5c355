// The recurrent kernels' calls: whole sequences, forward and backward.
#include <algorithm>

#include "bindings.h"
#include "pages.h"

namespace {

// What both directions of a recurrent call begin with: the sizes as x (B, T, D), packed (N, D), of one step (B, D) or, time
// first, (T, B, D), and W (G·H, H) show them, and the lengths. As of one of torch's layers, states are (1, B, H).
struct Given {
  const unrolled::RecurrentKernel& kernel;
  bool reverse, packed, step, time_first, layer;
  Array x, W;
  unrolled::Sizes sizes;
  Lengths lengths;
  std::size_t kept;  // rows of what is kept for backward: N, or B·T where x has padding

  Given(const char* cell, int flags, nb::handle lengths_, nb::handle x_, nb::handle W_)
      : kernel(::kernel(cell)), reverse((flags & reverse_flag) != 0), packed((flags & packed_flag) != 0),
        step((flags & step_flag) != 0), time_first((flags & time_first_flag) != 0), layer((flags & layer_flag) != 0),
        x(look<const float>("x", x_, packed || step ? 2 : 3)), W(look<const float>("W", W_, 2)), sizes(seen(lengths_)),
        lengths(lengths_, sizes.B, sizes.T), kept(packed ? x.size(0) : sizes.B * sizes.T) {
    check_shape("W", W, {kernel.gates * sizes.H, sizes.H});
    if (packed && (lengths.sum() != kept || !lengths.descending())) {
      throw Unfit("received " + std::to_string(kept) + " packed rows; expected the sum of lengths, the longest first");
    }
  }

  unrolled::Sizes seen(nb::handle lengths_) const {
    const std::size_t H = W.size(1);
    if (step) return {x.size(0), 1, x.size(1), H};
    if (!packed) return {x.size(time_first ? 1 : 0), x.size(time_first ? 0 : 1), x.size(2), H};
    const Array all = look<const std::int64_t>("lengths", lengths_, 1);
    const std::int64_t longest = all.empty() ? 0 : *elements<const std::int64_t>("lengths", all);
    return {all.size(0), static_cast<std::size_t>(std::max<std::int64_t>(longest, 0)), x.size(1), H};
  }

  std::size_t work() const { return sizes.B * sizes.T * sizes.H * (sizes.D + sizes.H); }

  // An array like x and y, `width` numbers a row, or null for None.
  template <class T>
  unrolled::Rows<T> like_x(const char* name, nb::handle from, std::size_t width) const {
    if (from.is_none()) return {};
    if (packed) return rows<T>(name, from, {kept, width});
    if (step) {
      const Array array = look<T>(name, from, 2);
      check_shape(name, array, {sizes.B, width});
      return of_step<T>(name, array);
    }
    if (!time_first) return rows<T>(name, from, {sizes.B, sizes.T, width});
    return by_batch(rows<T>(name, from, {sizes.T, sizes.B, width}));
  }

  // The rows may be those of a longer sequence, at one time.
  template <class T>
  static unrolled::Rows<T> of_step(const char* name, const Array& array) {
    if (array.shape[1] > 1 && array.strides[1] != 1 && !array.empty()) wrong_layout(name);
    return {reinterpret_cast<T*>(array.data), array.strides[0], 0};
  }

  template <class T>
  static unrolled::Rows<T> by_batch(unrolled::Rows<T> by_time) {
    return {by_time.data, by_time.time, by_time.batch};
  }

  // An entry of the state.
  template <class T = const float>
  T* entry(const char* name, nb::handle from) const {
    return layer ? whole<T>(name, from, {1, sizes.B, sizes.H}) : whole<T>(name, from, {sizes.B, sizes.H});
  }
  const float* optional_entry(const char* name, nb::handle from) const {
    return from.is_none() ? nullptr : entry(name, from);
  }

  // Zoneout (N, H), or (B·T, H), of which the first N rows are read.
  const float* keep(const char* name, nb::handle from) const {
    if (from.is_none()) return nullptr;
    const Array array = look<const float>(name, from, 2);
    check_shape(name, array, {lengths.data() == nullptr || array.size(0) == kept ? kept : lengths.sum(), sizes.H});
    return elements<const float>(name, array);
  }

  void fill(unrolled::Recurrence& a, const nb::tuple& weights, const nb::tuple& state, nb::handle zoneout,
            std::size_t threads) const {
    const std::size_t rows_of_gates = kernel.gates * sizes.H;
    a.sizes = sizes, a.lengths = lengths.data(), a.reverse = reverse, a.packed = packed, a.threads = threads;
    a.x = step ? of_step<const float>("x", x) : time_first ? by_batch(rows<const float>("x", x)) : rows<const float>("x", x);
    a.W = elements<const float>("W", W);
    a.U = whole<const float>("U", item(weights, 0, 5), {rows_of_gates, sizes.D});
    a.b_x = optional<const float>("b_x", item(weights, 2, 5), {rows_of_gates});
    a.b_h = optional<const float>("b_h", item(weights, 3, 5), {rows_of_gates});
    a.peephole = optional<const float>("peephole", item(weights, 4, 5), {3 * sizes.H});
    if (item(weights, 4, 5).is_none() && std::strcmp(kernel.name, "peephole") == 0) {
      unfit("peephole", "None", "the peepholes of the gates i, f, o");
    }
    a.h0 = optional_entry("h", item(state, 0, 2)), a.c0 = optional_entry("c", item(state, 1, 2));
    if (zoneout.is_none()) return;
    const nb::tuple pair = nb::cast<nb::tuple>(zoneout);
    a.keep_h = keep("keep_h", item(pair, 0, 2)), a.keep_c = keep("keep_c", item(pair, 1, 2));
  }

  // c, or what is like it, where the cell has one.
  template <class T>
  T* c(const char* name, nb::handle from) const {
    return kernel.has_c ? entry<T>(name, from) : nullptr;
  }

  template <class T>
  T* gates(nb::handle from, nb::handle zoneout) const {
    if (kernel.kept == 1 && zoneout.is_none()) return nullptr;
    return whole<T>("gates", from, {kept, kernel.kept * sizes.H});
  }

  template <class T>
  T* cells(nb::handle from) const {
    return kernel.has_c && !step ? whole<T>("cells", from, {kept, sizes.H}) : nullptr;
  }
};

void recurrent_forward(const char* cell, int flags, nb::handle lengths, nb::handle x, const nb::tuple& weights,
                       const nb::tuple& state, nb::handle y, const nb::tuple& last, nb::handle saved, nb::handle keep,
                       std::size_t threads) {
  const Given given(cell, flags, lengths, x, item(weights, 1, 5));
  unrolled::RecurrentForward a{};
  given.fill(a, weights, state, keep, threads);
  a.y = given.like_x<float>("y", y, a.sizes.H);
  a.h = given.entry<float>("h", item(last, 0, 2)), a.c = given.c<float>("c", item(last, 1, 2));
  if (!saved.is_none()) {
    const nb::tuple pair = nb::cast<nb::tuple>(saved);
    a.gates = given.gates<float>(item(pair, 0, 2), keep), a.cells = given.cells<float>(item(pair, 1, 2));
  }
  const std::size_t steps = a.packed ? 0 : a.sizes.B * a.sizes.T;  // packed there may be fewer
  unrolled::prefer_large_pages(a.y.data, steps * a.sizes.H);
  unrolled::prefer_large_pages(a.gates, steps * given.kernel.kept * a.sizes.H);
  unrolled::prefer_large_pages(a.cells, steps * a.sizes.H);
  run(given.work(), [&] { given.kernel.forward(a); });
}

void recurrent_backward(const char* cell, int flags, nb::handle lengths, nb::handle x, const nb::tuple& weights,
                        const nb::tuple& state, nb::handle y, const nb::tuple& saved, nb::handle keep,
                        const nb::tuple& grads, nb::handle d_x, const nb::tuple& d_weights, const nb::tuple& d_state,
                        std::size_t threads) {
  const Given given(cell, flags, lengths, x, item(weights, 1, 5));
  unrolled::RecurrentBackward a{};
  given.fill(a, weights, state, keep, threads);
  const auto [B, T, D, H] = a.sizes;
  const std::size_t rows_of_gates = given.kernel.gates * H;
  if (y.is_none()) unfit("y", "None", "what forward gave");
  a.y = given.like_x<const float>("y", y, H);
  a.gates = given.gates<const float>(item(saved, 0, 2), keep), a.cells = given.cells<const float>(item(saved, 1, 2));
  a.d_y = given.like_x<const float>("the gradient of y", item(grads, 0, 3), H);
  a.d_h = given.optional_entry("the gradient of h", item(grads, 1, 3));
  a.d_c = given.optional_entry("the gradient of c", item(grads, 2, 3));
  a.d_x = given.like_x<float>("d_x", d_x, D);
  a.d_U = optional("d_U", item(d_weights, 0, 5), {rows_of_gates, D});
  a.d_W = optional("d_W", item(d_weights, 1, 5), {rows_of_gates, H});
  a.d_b_x = optional("d_b_x", item(d_weights, 2, 5), {rows_of_gates});
  a.d_b_h = optional("d_b_h", item(d_weights, 3, 5), {rows_of_gates});
  a.d_peephole = optional("d_peephole", item(d_weights, 4, 5), {3 * H});
  a.d_h0 = given.entry<float>("d_h0", item(d_state, 0, 2)), a.d_c0 = given.c<float>("d_c0", item(d_state, 1, 2));
  if (given.step) a.cells = a.d_c0;  // of one step no cell is read, but where they lie is counted on from here
  if (!a.packed) unrolled::prefer_large_pages(a.d_x.data, B * T * D);
  unrolled::prefer_large_pages(a.d_U, rows_of_gates * D);
  unrolled::prefer_large_pages(a.d_W, rows_of_gates * H);
  run(given.work(), [&] { given.kernel.backward(a); });
}

// What each recurrent kernel is: name → (gates, blocks of H kept for backward, whether the state has c).
nb::dict recurrent_kernels() {
  nb::dict result;
  for (const unrolled::RecurrentKernel* k = unrolled::kernels().recurrent; k->name != nullptr; ++k) {
    result[k->name] = nb::make_tuple(k->gates, k->kept, k->has_c);
  }
  return result;
}

}  // namespace

void bind_recurrent(nb::module_& m) {
  m.def("recurrent_kernels", recurrent_kernels);
  const auto some = nb::arg().none();  // None where there is no such array
  m.def("recurrent_forward", recurrent_forward, nb::arg(), nb::arg(), some, some, nb::arg(), nb::arg(), nb::arg(),
        nb::arg(), some, some, nb::arg());
  m.def("recurrent_backward", recurrent_backward, nb::arg(), nb::arg(), some, some, nb::arg(), nb::arg(), some, nb::arg(),
        some, nb::arg(), some, nb::arg(), nb::arg(), nb::arg());
}
