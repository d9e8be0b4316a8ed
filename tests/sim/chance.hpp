// Chance from a seed: the same seed, the same world. And the trace that proves it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "platform/random.hpp"

namespace garner::sim {

class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override {  // splitmix64
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    bool happens(double probability) {
        return static_cast<double>(next() >> 11) / static_cast<double>(1ULL << 53) < probability;
    }
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }

private:
    std::uint64_t state_;
};

class Trace {
public:
    /// Each line that makes up the hash, as it comes.
    void show(std::function<void(std::string_view)> to) { to_ = std::move(to); }
    void note(std::string_view what) {
        if (to_) to_(what);
        ++events_;
        for (const char c : what) {
            hash_ ^= static_cast<unsigned char>(c);
            hash_ *= 1099511628211ULL;
        }
    }
    std::uint64_t hash() const { return hash_; }
    std::uint64_t events() const { return events_; }

private:
    std::function<void(std::string_view)> to_;
    std::uint64_t hash_ = 1469598103934665603ULL;
    std::uint64_t events_ = 0;
};

}  // namespace garner::sim
