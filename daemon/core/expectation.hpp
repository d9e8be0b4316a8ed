// Whether an artifact counts: what its probe found, its size and what its job expects, held against the target's last
// ones. What a newcomer gets wrong: a file that is whole and well-formed may still be empty, and that is no success.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/probe.hpp"

namespace garner {

/// What a job expects of its artifacts.
struct Expectation {
    std::uint64_t min_size = 1;
    std::optional<std::uint64_t> max_size{};
    double ratio_min = 0.1;  ///< of the usual size
    double ratio_max = 10;
    std::uint64_t min_rows = 0;
    bool allow_empty = false;  ///< no row is fine, however many min_rows asks for and whatever the usual size is
    std::optional<std::uint64_t> column_count{};
    std::vector<std::string> columns{};  ///< names that the header has to have
    friend bool operator==(const Expectation&, const Expectation&) = default;
};

inline constexpr std::size_t sizes_learned_from = 10;  ///< of the last verified artifacts
inline constexpr std::size_t sizes_needed = 5;         ///< below, nobody knows what is usual

/// Why an artifact is suspect; empty: it is verified. `sizes`: of the target's last verified ones.
std::vector<std::string> reasons_to_doubt(std::uint64_t size, const ProbeResult&, std::vector<std::uint64_t> sizes,
                                          const Expectation&);

}  // namespace garner
