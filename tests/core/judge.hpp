// What a probe says of some bytes, as one text: summary; reason; reason; in what way there is no row.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "core/probe.hpp"

namespace garner {

inline std::string words_of(const ProbeResult& result) {
    std::string words = result.summary;
    for (const std::string& reason : result.reasons) words += "; " + reason;
    if (result.csv && !result.csv->no_row.empty()) words += "; " + result.csv->no_row;
    return words;
}

inline std::string judged_in_pieces(Probe& probe, std::string_view bytes, std::size_t piece) {
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        probe.update(std::as_bytes(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at))));
    return words_of(probe.finish());
}

/// The pieces that the bytes come in must not matter.
inline std::string judged(ArtifactFormat format, std::string_view bytes) {
    const auto probe = make_probe(format);
    const std::string whole = judged_in_pieces(*probe, bytes, bytes.size() + 1);
    for (const std::size_t piece : {1, 7, 4096}) {
        probe->reset();
        EXPECT_EQ(judged_in_pieces(*probe, bytes, piece), whole) << "pieces of " << piece;
    }
    return whole;
}

}  // namespace garner
