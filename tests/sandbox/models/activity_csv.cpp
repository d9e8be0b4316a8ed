#include "sandbox/models/activity_csv.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <vector>

#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

constexpr std::string_view kHeader =
    "State,Start Time,End Time,Duration,Downtime Reason,Program,Part Count,Defect Count,Ideal Run Rate";
constexpr std::string_view kRow =
    "RUNNING,2000-01-01T00:00:00Z,2000-01-01T00:00:10Z,10,Material,PRG-000000000000,0000,0000,60.0";
constexpr std::size_t kState = 0, kStart = 8, kEnd = 29, kReason = 53, kProgram = 66, kParts = 79, kDefects = 84;
constexpr std::array<std::string_view, 4> kStates = {"RUNNING", "RUNNING", "STOPPED", "WAITING"};
constexpr std::array<std::string_view, 4> kReasons = {"Material", "Cleaning", "Operator", "Changing"};
constexpr std::uint64_t kRowsPerDay = 8640;

// "0000" to "9999": four digits by one look-up.
const char* four_digits(std::uint64_t number) {
    static const std::vector<char> table = [] {
        std::vector<char> digits;
        digits.reserve(40000);
        for (int i = 0; i < 10000; ++i) {
            for (int unit = 1000; unit > 0; unit /= 10) digits.push_back(static_cast<char>('0' + i / unit % 10));
        }
        return digits;
    }();
    return table.data() + number * 4;
}

void put(char* at, std::string_view text) { std::memcpy(at, text.data(), text.size()); }

void put_date(char* at, std::uint64_t day) {
    const std::chrono::year_month_day date(std::chrono::sys_days(std::chrono::year(2000) / 1 / 1) +
                                           std::chrono::days(static_cast<int>(day % 2900000)));
    std::memcpy(at, four_digits(static_cast<std::uint64_t>(static_cast<int>(date.year()))), 4);
    std::memcpy(at + 5, four_digits(static_cast<unsigned>(date.month())) + 2, 2);
    std::memcpy(at + 8, four_digits(static_cast<unsigned>(date.day())) + 2, 2);
}

void put_time(char* at, std::uint64_t ten_seconds) {
    std::memcpy(at + 11, four_digits(ten_seconds / 360) + 2, 2);
    std::memcpy(at + 14, four_digits(ten_seconds / 6 % 60) + 2, 2);
    at[17] = static_cast<char>('0' + ten_seconds % 6);
}

}  // namespace

ActivityCsv::ActivityCsv(std::uint64_t seed, std::uint64_t bytes, LineEnd line_end)
    : seed_(seed), header_(kHeader), row_(kRow) {
    const std::string_view end = line_end == LineEnd::crlf ? "\r\n" : "\n";
    header_ += end;
    row_ += end;
    if (bytes > header_.size()) rows_ = (bytes - header_.size()) / row_.size();
}

std::uint64_t ActivityCsv::size() const { return header_.size() + rows_ * row_.size(); }

// The dates stay from row to row; only what changes is written over them.
void ActivityCsv::write_rows(std::uint64_t first_row, std::uint64_t count, char* out) const {
    std::array<char, 128> pattern{};
    const std::size_t width = row_.size();
    put(pattern.data(), row_);
    std::uint64_t day = first_row / kRowsPerDay;
    std::uint64_t slot = first_row % kRowsPerDay;
    put_date(pattern.data() + kStart, day);
    put_date(pattern.data() + kEnd, day);
    put_time(pattern.data() + kStart, slot);
    for (std::uint64_t row = first_row; row < first_row + count; ++row) {
        const std::uint64_t number = mix(seed_ ^ row);
        put(pattern.data() + kState, kStates[number & 3]);
        put(pattern.data() + kReason, kReasons[number >> 2 & 3]);
        put(pattern.data() + kProgram, std::string_view(four_digits(row / 100000000 % 10000), 4));
        put(pattern.data() + kProgram + 4, std::string_view(four_digits(row / 10000 % 10000), 4));
        put(pattern.data() + kProgram + 8, std::string_view(four_digits(row % 10000), 4));
        put(pattern.data() + kParts, std::string_view(four_digits((number >> 16) % 10000), 4));
        put(pattern.data() + kDefects, std::string_view(four_digits((number >> 32) % 10000), 4));
        const std::uint64_t next = slot + 1 == kRowsPerDay ? 0 : slot + 1;
        if (next == 0) put_date(pattern.data() + kEnd, ++day);
        put_time(pattern.data() + kEnd, next);
        std::memcpy(out, pattern.data(), width);
        out += width;
        if (next == 0) put_date(pattern.data() + kStart, day);
        put_time(pattern.data() + kStart, next);
        slot = next;
    }
}

void ActivityCsv::read(std::uint64_t offset, std::span<char> out) const {
    char* at = out.data();
    std::size_t left = out.size();
    if (offset < header_.size() && left > 0) {
        const std::size_t n = header_.copy(at, left, offset);
        at += n;
        left -= n;
        offset += n;
    }
    std::array<char, 128> whole{};
    while (left > 0) {
        const std::uint64_t row = (offset - header_.size()) / row_.size();
        const std::size_t inside = (offset - header_.size()) % row_.size();
        std::size_t n;
        if (inside == 0 && left >= row_.size()) {
            const std::size_t rows = left / row_.size();
            write_rows(row, rows, at);
            n = rows * row_.size();
        } else {
            write_rows(row, 1, whole.data());
            n = std::min(left, row_.size() - inside);
            std::memcpy(at, whole.data() + inside, n);
        }
        at += n;
        left -= n;
        offset += n;
    }
}

}  // namespace garner::sandbox
