#include "core/stable_hash.hpp"

namespace garner {

// FNV-1a, and a finish that spreads names which differ in their last letter (that of SplitMix64).
std::uint64_t stable_hash(std::initializer_list<std::string_view> texts) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U; };
    bool first = true;
    for (const std::string_view text : texts) {
        if (!first) add('\0');
        first = false;
        for (const char c : text) add(c);
    }
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
    return hash ^ (hash >> 31U);
}

}  // namespace garner
