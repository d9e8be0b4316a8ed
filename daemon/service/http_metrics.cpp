#include "service/http_metrics.hpp"

#include <algorithm>

namespace garner {

void HttpMetrics::request_ended(const std::string& source, int status, Duration took) {
    SourceTraffic& of = traffic_[source];
    // The codes come from the vendor: only real ones become label values.
    ++of.requests[status >= 100 && status <= 599 ? status : 0];
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bucket = std::lower_bound(request_duration_buckets.begin(), request_duration_buckets.end(), seconds);
    ++of.durations.at(static_cast<std::size_t>(bucket - request_duration_buckets.begin()));
    of.duration_sum_seconds += seconds;
}

void HttpMetrics::bytes_downloaded(const std::string& source, std::uint64_t bytes) {
    traffic_[source].bytes_downloaded += bytes;
}

}  // namespace garner
