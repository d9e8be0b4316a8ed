// How many requests a source may be sent, and when the next one may leave. A request counts from when it leaves until a
// whole span has passed since its answer: what lies between leaving and arriving is the network's, and the vendor
// counts arrivals. So no span of the vendor's time contains more than the limit, wherever the vendor's clock cuts.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>

#include "core/settings.hpp"
#include "core/time.hpp"

namespace garner {

/// Year * 12 + month - 1, in UTC.
int month_number(WallTime);
/// When that month begins.
WallTime month_begin(int month_number);

class RequestBudget {
public:
    void set_limits(const RequestLimits&);
    bool is_limited() const;

    struct Answer {
        SteadyTime at;             ///< not after `now`: at once. An answer to what is on its way may make it earlier
        std::string_view limit{};  ///< what holds it back: "requests_per_minute"
    };
    /// When the next request may leave.
    Answer next(SteadyTime now, WallTime wall);

    /// One is about to leave; the number by which the rest of it is told.
    std::uint64_t take(SteadyTime now, WallTime wall);
    /// It leaves now.
    void left(std::uint64_t number, SteadyTime now);
    /// Its answer came, or it was given up.
    void answered(std::uint64_t number, SteadyTime now);
    /// It did not leave after all.
    void take_back(std::uint64_t number);

    /// What left in an earlier life: an instant in the future counts as now.
    void remember(SteadyTime now, WallTime wall, WallTime left_at, std::uint64_t count);
    void remember_month(int month, std::uint64_t count);

    /// The month that requests are counted for. It follows the wall clock, but a clock that jumps is believed only
    /// after an hour: setting it frees nothing.
    int month(SteadyTime now, WallTime wall);

private:
    struct Bucket {
        SteadyTime until;  ///< counts until then
        std::uint64_t count;
    };
    struct Window {
        Duration span;
        Duration grain;  ///< instants are rounded up to it, so that memory is bounded
        Duration late;   ///< the longest that an answer is waited for
        std::string_view name;
        std::optional<std::uint32_t> limit{};
        std::deque<Bucket> buckets{};
        std::uint64_t total = 0;

        void add(SteadyTime at, std::uint64_t count);
        void forget(SteadyTime now);
    };
    struct Underway {
        std::optional<SteadyTime> left;
        int month;
    };

    SteadyTime next_in(const Window&, SteadyTime now) const;

    std::array<Window, 3> windows_{
        Window{Duration(1'000), Duration(20), Duration(1'000), "requests_per_second"},
        Window{Duration(60'000), Duration(500), Duration(30'000), "requests_per_minute"},
        Window{Duration(3'600'000), Duration(10'000), Duration(30'000), "requests_per_hour"},
    };
    std::optional<std::uint32_t> per_month_;
    std::map<int, std::uint64_t> months_;
    std::optional<int> month_;
    SteadyTime seen_steady_{};
    WallTime seen_wall_{};
    std::optional<SteadyTime> doubted_since_;
    std::map<std::uint64_t, Underway> underway_;
    std::uint64_t last_number_ = 0;
};

}  // namespace garner
