// CSV, judged while it streams past: a header, rows, equal column counts. What a newcomer gets wrong: a line end inside
// quotes ends no row, so that neither lines nor separators may simply be counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/csv_text.hpp"
#include "core/probe.hpp"

namespace garner {

// RFC 4180, with `,`, `;`, tab or `|`, and LF or CRLF, in UTF-8, UTF-16 with a byte order mark, or Latin-1: a header,
// rows, equal column counts. Machine-activity exports are such files; their exact header is not documented, so none is
// asked for.
class CsvProbe final : public Probe {
public:
    void reset() override { *this = CsvProbe(); }
    void update(std::span<const std::byte>) override;
    ProbeResult finish() override;

    /// After finish(): the first and the last instant that a row has, as they are written; empty where none has.
    const std::string& time_from() const { return time_from_; }
    const std::string& time_to() const { return time_to_; }

private:
    static constexpr std::string_view candidates = ",;\t|";

    void update_text(std::string_view text);
    void take(char c);
    void take_plain(std::string_view stretch);
    bool is_separator(char c);
    void remember(std::string_view stretch);
    void end_row();
    void end_header();
    void find_times();

    CsvText text_;
    std::uint64_t size_ = 0;
    std::uint64_t rows_ = 0;
    std::uint64_t columns_ = 0;
    std::uint64_t columns_in_row_ = 0;
    std::uint64_t field_bytes_ = 0;
    std::uint64_t uneven_row_ = 0;
    std::uint64_t uneven_columns_ = 0;
    std::array<std::uint64_t, candidates.size()> seen_in_header_{};
    char separator_ = '\0';
    bool quoted_ = false;
    bool after_quote_ = false;
    bool has_nul_ = false;
    std::string first_bytes_;
    std::string row_;  // what is kept of the current one: its beginning
    std::string first_row_;
    std::string last_row_;
    std::vector<std::string> names_;
    std::string time_from_;
    std::string time_to_;
};

}  // namespace garner
