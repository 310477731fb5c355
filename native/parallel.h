#pragma once
#include <cstddef>
namespace unrolled {
class Barrier { public: void wait() {} };
class Team { public: std::size_t size() const { return 1; } Barrier& barrier() { return b_; } private: Barrier b_; };
template <class Body> void parallel(std::size_t, const Body& body) { Team t; body(0, t); }
}
