// Counters of the traffic with the vendors. They begin with the process; everything about runs comes from the ledger
// instead.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "platform/http.hpp"

namespace garner {

/// Upper bounds in seconds of garner_http_request_duration_seconds.
inline constexpr std::array<double, 10> request_duration_buckets{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

/// What was counted of one source.
struct SourceTraffic {
    std::map<int, std::uint64_t> requests;                                       ///< by status; 0: no answer came
    std::array<std::uint64_t, request_duration_buckets.size() + 1> durations{};  ///< per bucket, the last is +Inf
    double duration_sum_seconds = 0;
    std::uint64_t bytes_downloaded = 0;
};

class HttpMetrics : public HttpObserver {
public:
    void request_ended(const std::string& source, int status, Duration took) override;
    void bytes_downloaded(const std::string& source, std::uint64_t bytes) override;

    const std::map<std::string, SourceTraffic>& traffic() const { return traffic_; }

private:
    std::map<std::string, SourceTraffic> traffic_;
};

}  // namespace garner
