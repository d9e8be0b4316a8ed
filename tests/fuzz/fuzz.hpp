// What the fuzz targets share: a property that does not hold ends the process, loudly; input is taken apart piece by
// piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace garner::fuzz {

inline void require(bool holds, const char* property, std::string_view shown = {}) {
    if (holds) return;
    std::fprintf(stderr, "property broken: %s\n", property);
    std::fwrite(shown.data(), 1, std::min<std::size_t>(shown.size(), 2000), stderr);
    std::fputc('\n', stderr);
    std::abort();
}

/// Words for people have no control characters: they go into logs and onto terminals.
inline void require_printable(std::string_view text, const char* what) {
    for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, what, text);
}
inline void require_printable(const Failure& failure) {
    require_printable(failure.what, "a failure's words are printable");
    require(failure.what.size() < 16'384, "a failure's words are few", failure.what);
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// The parts between record separators (0x1e).
inline std::vector<std::string_view> parts_of(std::string_view input) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0;;) {
        const std::size_t end = std::min(input.find('\x1e', at), input.size());
        parts.push_back(input.substr(at, end - at));
        if (end == input.size()) return parts;
        at = end + 1;
    }
}

/// Lengths of pieces, from a number: the same number, the same cuts.
class Cuts {
public:
    explicit Cuts(std::uint64_t seed) : state_(seed) {}
    std::size_t next(std::size_t most) {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return most == 0 ? 0 : 1 + static_cast<std::size_t>((state_ >> 33) % std::min<std::size_t>(most, 97));
    }

private:
    std::uint64_t state_;
};

}  // namespace garner::fuzz
