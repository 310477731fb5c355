// A frozen language model's calls: few rows at a time, so that what a call itself costs counts.
#include "bindings.h"
#include "stack.h"

namespace {

// A stack and the arrays that it points into.
struct Held {
  unrolled::Stack stack;
  std::size_t vocabulary;
  nb::object arrays[2];
};

constexpr const char* held_name = "unrolled stack";

// words (V, embedding), and of each layer: the kernel's name, D, H, U, W, b_x, b_h, peephole.
nb::capsule stack(nb::object words, std::size_t vocabulary, std::size_t embedding, nb::list layers) {
  auto held = std::make_unique<Held>();
  held->stack.embedding = embedding;
  held->stack.words = pointer<const float>(words);
  held->vocabulary = vocabulary;
  for (nb::handle each : layers) {
    const nb::tuple one = nb::cast<nb::tuple>(each);
    const auto weight = [&](std::size_t i) { return pointer<const float>(item(one, i)); };
    held->stack.layers.push_back({&kernel(nb::cast<const char*>(item(one, 0))), nb::cast<std::size_t>(item(one, 1)),
                                  nb::cast<std::size_t>(item(one, 2)), weight(3), weight(4), weight(5), weight(6),
                                  weight(7)});
    held->stack.layers.back().pack();
  }
  held->arrays[0] = words, held->arrays[1] = layers;
  return nb::capsule(held.release(), held_name, [](void* p) noexcept { delete static_cast<Held*>(p); });
}

void read_ids(const nb::capsule& of, std::size_t B, std::size_t T, nb::handle ids, nb::handle lengths, nb::handle before,
          nb::handle after, nb::handle features, std::size_t threads) {
  const void* data = PyCapsule_GetPointer(of.ptr(), held_name);
  if (data == nullptr) throw nb::python_error();
  const Held& held = *static_cast<const Held*>(data);
  const unrolled::Reading a{B, T, pointer<const std::int64_t>(ids), pointer<const std::int64_t>(lengths),
                            pointer<const float>(before), pointer(after), pointer(features), threads};
  check_lengths(a.lengths, B, T);
  for (std::size_t b = 0; b < B; ++b) {
    const std::size_t length = a.lengths == nullptr ? T : static_cast<std::size_t>(a.lengths[b]);
    for (std::size_t t = 0; t < length; ++t) {
      const std::int64_t id = a.ids[b * T + t];
      if (id < 0 || static_cast<std::size_t>(id) >= held.vocabulary) throw nb::value_error("an id is no row of words");
    }
  }
  run(B * T * held.stack.state(), [&] { unrolled::read(held.stack, a); });
}

void scores(const nb::tuple& sizes, nb::handle x, nb::handle weights, nb::handle bias, nb::handle y,
            std::size_t threads) {
  const auto size = [&](std::size_t i) { return nb::cast<std::size_t>(item(sizes, i)); };
  const unrolled::Scores a{size(0), size(1), size(2), pointer<const float>(x), pointer<const float>(weights),
                           pointer<const float>(bias), pointer(y), threads};
  run(a.B * a.V, [&] { unrolled::kernels().scores(a); });
}

std::size_t top(nb::handle x, nb::handle hidden, nb::handle ids, nb::handle shares) {
  const Floats row(x, PyBUF_C_CONTIGUOUS), best(shares, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE);
  const nb::tuple all = nb::cast<nb::tuple>(hidden);
  std::int64_t few[8];
  if (all.size() > 8) throw nb::value_error("more than 8 hidden ids");
  for (std::size_t i = 0; i < all.size(); ++i) few[i] = nb::cast<std::int64_t>(item(all, i));
  return unrolled::kernels().top(row.data(), row.size(), few, all.size(), best.size(), pointer<std::int64_t>(ids),
                                 best.data());
}

}  // namespace

void bind_frozen(nb::module_& m) {
  m.def("stack", stack);
  m.def("read", read_ids, nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(),
        nb::arg());
  m.def("scores", scores);
  m.def("top", top);
}
