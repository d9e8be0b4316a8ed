// CSV, judged while it streams past: a header, rows, equal column counts. What a newcomer gets wrong: a line end inside
// quotes ends no row, so that neither lines nor separators may simply be counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/probe.hpp"

namespace garner {

// RFC 4180, with `,`, `;` or tab, and LF or CRLF: a header, rows, equal column counts. Machine-activity exports are
// such files; their exact header is not documented, so none is asked for.
class CsvProbe final : public Probe {
public:
    void reset() override { *this = CsvProbe(); }
    void update(std::span<const std::byte>) override;
    ProbeResult finish() override;

    /// After finish().
    std::uint64_t columns() const { return columns_; }
    std::uint64_t data_rows() const { return rows_ > 0 ? rows_ - 1 : 0; }

    /// The reason of a file that has a header and no row; a member of an archive may be so.
    static constexpr std::string_view no_row = "there is a header but no row";

private:
    void take(char c);
    void take_plain(std::string_view stretch);
    bool is_separator(char c);
    void end_row();

    std::uint64_t size_ = 0;
    std::uint64_t rows_ = 0;
    std::uint64_t columns_ = 0;
    std::uint64_t columns_in_row_ = 0;
    std::uint64_t field_bytes_ = 0;
    std::uint64_t uneven_row_ = 0;
    std::uint64_t uneven_columns_ = 0;
    char separator_ = '\0';
    bool quoted_ = false;
    bool after_quote_ = false;
    bool has_nul_ = false;
    std::string first_bytes_;
};

}  // namespace garner
