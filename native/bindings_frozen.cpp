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

// words (V, E), or (0, D) where it reads vectors (D), and of each layer of this cell: U, W, b_x, b_h, peephole.
nb::capsule stack(const char* cell, nb::object words, nb::list layers) {
  auto held = std::make_unique<Held>();
  const Array vectors = look<const float>("words", words, 2);
  held->stack.embedding = vectors.size(1);
  held->stack.words = elements<const float>("words", vectors);
  held->vocabulary = vectors.size(0);
  const unrolled::RecurrentKernel& kernel = ::kernel(cell);
  std::size_t D = vectors.size(1);
  if (layers.size() == 0) throw Unfit("received no layers; expected one or more");
  for (nb::handle each : layers) {
    const nb::tuple one = nb::cast<nb::tuple>(each);
    const Array W = look<const float>("W", item(one, 1, 5), 2);
    const std::size_t H = W.size(1), rows = kernel.gates * H;
    check_shape("W", W, {rows, H});
    if (item(one, 4, 5).is_none() && std::strcmp(cell, "peephole") == 0) unfit("peephole", "None", "3·H peepholes");
    held->stack.layers.push_back({&kernel, D, H, whole<const float>("U", item(one, 0, 5), {rows, D}),
                                  elements<const float>("W", W), optional<const float>("b_x", item(one, 2, 5), {rows}),
                                  optional<const float>("b_h", item(one, 3, 5), {rows}),
                                  optional<const float>("peephole", item(one, 4, 5), {3 * H})});
    held->stack.layers.back().pack();
    D = H;
  }
  held->arrays[0] = words, held->arrays[1] = layers;
  return nb::capsule(held.release(), held_name, [](void* p) noexcept { delete static_cast<Held*>(p); });
}

// Each id that will be read, copied as `Lengths` are.
std::vector<std::int64_t> checked_ids(const Held& held, const std::int64_t* ids, std::size_t B, std::size_t T,
                                      const std::int64_t* lengths) {
  std::vector<std::int64_t> copied(ids, ids + B * T);
  for (std::size_t b = 0; b < B; ++b) {
    const std::size_t length = lengths == nullptr ? T : static_cast<std::size_t>(lengths[b]);
    for (std::size_t t = 0; t < length; ++t) {
      const std::int64_t id = copied[b * T + t];
      if (id < 0 || static_cast<std::size_t>(id) >= held.vocabulary) {
        throw Unfit("an id is " + std::to_string(id) + "; expected 0 to " + std::to_string(held.vocabulary) +
                    " - 1, the ids of the vocabulary");
      }
    }
  }
  return copied;
}

// Reads ids (B, T), or vectors (B, T, D) where there are no words.
void read_steps(const nb::capsule& of, nb::handle steps, nb::handle lengths, nb::handle before, nb::handle after,
              nb::handle features, std::size_t threads) {
  const void* data = PyCapsule_GetPointer(of.ptr(), held_name);
  if (data == nullptr) throw nb::python_error();
  const Held& held = *static_cast<const Held*>(data);
  const bool vectors = held.vocabulary == 0;
  const Array shown = vectors ? look<const float>("x", steps, 3) : look<const std::int64_t>("ids", steps, 2);
  const std::size_t B = shown.size(0), T = shown.size(1), S = held.stack.state();
  const Lengths until(lengths, B, T);
  std::vector<std::int64_t> copied;
  if (vectors) {
    check_shape("x", shown, {B, T, held.stack.embedding});
  } else {
    copied = checked_ids(held, elements<const std::int64_t>("ids", shown), B, T, until.data());
  }
  const unrolled::Reading a{B, T, vectors ? nullptr : copied.data(),
                            vectors ? elements<const float>("x", shown) : nullptr, until.data(), whole<const float>("states", before, {B, S}),
                            whole("states", after, {B, S}), whole("features", features, {B, held.stack.layers.back().H}),
                            threads};
  run(B * T * S, [&] { unrolled::read(held.stack, a); });
}

// With weights in panels. y (B, V), or a tuple: ids and log-probabilities of the best, (B, k) each, and log(sum(exp(scores))) (B).
void output(const Array& in, const Array& panels, nb::handle bias, nb::handle y, std::size_t threads) {
  const Array shown = look<const float>("bias", bias, 1);
  const std::size_t B = in.size(0), E = in.size(1), V = shown.size(0), panel = unrolled::kernels().panel;
  check_shape("weights", panels, {(V + panel - 1) / panel, E, panel});
  unrolled::Output a{};
  a.B = B, a.E = E, a.V = V, a.threads = threads;
  a.x = elements<const float>("x", in), a.panels = elements<const float>("weights", panels);
  a.bias = elements<const float>("bias", shown);
  if (nb::isinstance<nb::tuple>(y)) {
    const nb::tuple best = nb::cast<nb::tuple>(y);
    const Array ids = look<std::int64_t>("ids", item(best, 0, 3), 2);
    a.k = ids.size(1);
    if (a.k == 0 || a.k > V) throw Unfit("asked for the best " + std::to_string(a.k) + " of " + std::to_string(V));
    a.ids = whole<std::int64_t>("ids", item(best, 0), {B, a.k});
    a.log_probabilities = whole("log_probabilities", item(best, 1), {B, a.k});
    a.total = whole("total", item(best, 2), {B});
  } else {
    a.y = whole("y", y, {B, V});
  }
  run(B * V, [&] { unrolled::kernels().output(a); });
}

// With weights (V, E) as they lie, or packed.
void scores(nb::handle x, nb::handle weights, nb::handle bias, nb::handle y, std::size_t threads) {
  const Array in = look<const float>("x", x, 2), out = look<const float>("weights", weights, any_axes);
  if (out.axes == 3) return output(in, out, bias, y, threads);
  if (out.axes != 2) unfit("weights", "of 1 axes", "2, or 3 of panels");
  const std::size_t B = in.size(0), E = in.size(1), V = out.size(0);
  check_shape("weights", out, {V, E});
  const unrolled::Scores a{B, E, V, elements<const float>("x", in), elements<const float>("weights", out),
                           whole<const float>("bias", bias, {V}), whole("y", y, {B, V}), threads};
  run(B * V, [&] { unrolled::kernels().scores(a); });
}

// Indices (n), each below `end`, copied as `Lengths` are.
std::vector<std::int64_t> indices(const char* name, nb::handle from, std::size_t n, std::size_t end) {
  const auto* data = whole<const std::int64_t>(name, from, {n});
  std::vector<std::int64_t> copied(data, data + n);
  for (const std::int64_t i : copied) {
    if (i < 0 || static_cast<std::size_t>(i) >= end) unfit(name, std::to_string(i), "0 to " + std::to_string(end) + " - 1");
  }
  return copied;
}

// query (R, A), source (R), lengths (N), keys (N, S, A), values (N, S, E), v (A) or None → context (R, E), weights (R, S).
void attend(nb::handle query, nb::handle source, nb::handle lengths, nb::handle keys, nb::handle values, nb::handle v,
            float scale, nb::handle context, nb::handle weights, std::size_t threads) {
  const Array in = look<const float>("query", query, 2), memory = look<const float>("values", values, 3);
  const std::size_t R = in.size(0), A = in.size(1), N = memory.size(0), S = memory.size(1), E = memory.size(2);
  const auto from = indices("source", source, R, N), until = indices("lengths", lengths, N, S + 1);
  const unrolled::Attend a{R, N, S, A, E, elements<const float>("query", in), from.data(), until.data(),
                           whole<const float>("keys", keys, {N, S, A}), elements<const float>("values", memory),
                           optional<const float>("v", v, {A}), scale, whole("context", context, {R, E}),
                           whole("weights", weights, {R, S}), threads};
  run(R * (A + E) * S, [&] { unrolled::kernels().attend(a); });
}

std::size_t top(nb::handle x, const nb::tuple& hidden, nb::handle ids, nb::handle shares) {
  const Array row = look<const float>("scores", x, 1), best = look<float>("shares", shares, 1);
  std::int64_t few[8];
  if (hidden.size() > 8) throw Unfit("received more than 8 hidden ids");
  for (std::size_t i = 0; i < hidden.size(); ++i) few[i] = nb::cast<std::int64_t>(item(hidden, i, hidden.size()));
  const std::size_t most = best.size(0);
  return unrolled::kernels().top(elements<const float>("scores", row), row.size(0), few, hidden.size(), most,
                                 whole<std::int64_t>("ids", ids, {most}), elements<float>("shares", best));
}

}  // namespace

void bind_frozen(nb::module_& m) {
  const auto some = nb::arg().none();  // None where there is no such array
  m.def("stack", stack, nb::arg(), some, nb::arg());
  m.def("read", read_steps, nb::arg(), some, some, some, nb::arg(), nb::arg(), nb::arg());
  m.def("scores", scores, some, some, some, nb::arg(), nb::arg());
  m.def("attend", attend, some, some, some, some, some, some, nb::arg(), nb::arg(), nb::arg(), nb::arg());
  m.def("top", top, some, nb::arg(), nb::arg(), nb::arg());
}
