// The JSON of PRODUCT.md section 2, in one place: what `garner --json` prints and `/api/v1` serves. Fields may be
// added, never renamed.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/records.hpp"

namespace garner {

/// RFC 3339 in UTC; null where it is not known.
boost::json::value json_time(std::optional<WallTime>);
/// Valid UTF-8 whatever a vendor sent; null when empty.
boost::json::value json_text_or_null(const std::string&);
/// Valid UTF-8 whatever a vendor sent.
boost::json::string json_text(const std::string&);

boost::json::object run_json(const RunRecord&);
boost::json::object artifact_json(const ArtifactRecord&);
/// `expires`: when it disappears at the vendor.
boost::json::object leftover_json(const LeftoverRecord&, std::optional<WallTime> expires);
boost::json::object pause_json(const Pause&);
boost::json::object timeline_json(const TimelineEntry&);

template <class Record, class ToJson>
boost::json::array json_list(const std::vector<Record>& records, ToJson to_json) {
    boost::json::array list;
    list.reserve(records.size());
    for (const Record& record : records) list.push_back(to_json(record));
    return list;
}

}  // namespace garner
