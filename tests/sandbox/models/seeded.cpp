#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

std::string from_alphabet(std::string_view alphabet, std::size_t length, std::uint64_t number) {
    std::string text;
    text.reserve(length);
    while (text.size() < length) {
        number = mix(number);
        text += alphabet[(number >> 20) % alphabet.size()];
    }
    return text;
}

}  // namespace

std::uint64_t chance(std::uint64_t seed, std::string_view text, std::uint64_t ordinal) {
    std::uint64_t hash = mix(seed);
    for (char c : text) hash = mix(hash ^ static_cast<unsigned char>(c));
    return mix(hash ^ mix(ordinal));
}

std::uint64_t between(std::uint64_t low, std::uint64_t high, std::uint64_t number) {
    if (high <= low) return low;
    const std::uint64_t span = high - low + 1;
    return span == 0 ? number : low + number % span;
}

std::string seeded_word(std::size_t length, std::uint64_t number) {
    return from_alphabet("ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz23456789", length, number);
}

std::string seeded_base64(std::size_t length, std::uint64_t number) {
    return from_alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", length, number);
}

}  // namespace garner::sandbox
