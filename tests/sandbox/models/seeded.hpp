// Everything that looks random in the sandbox: pure functions of the seed and of what a thing is called, never of the
// order of requests, so that the same seed gives the same world whoever asks first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace garner::sandbox {

/// SplitMix64's finaliser: every input bit changes every output bit.
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/// A number for (seed, text, ordinal).
std::uint64_t chance(std::uint64_t seed, std::string_view text, std::uint64_t ordinal = 0);

/// From `low` to `high`, both included.
std::uint64_t between(std::uint64_t low, std::uint64_t high, std::uint64_t number);

/// `length` letters and digits.
std::string seeded_word(std::size_t length, std::uint64_t number);

/// `length` characters of the base 64 alphabet.
std::string seeded_base64(std::size_t length, std::uint64_t number);

}  // namespace garner::sandbox
