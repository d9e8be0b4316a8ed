// The body of a new data export: what it asks for, or why the vendor would not take it. All fields are optional; those
// of the older contract of the same path are taken too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace garner::sandbox {

struct ServitlyExportBody {
    std::string name;
    std::string thing_file_name;
    bool hash_thing_file_name = false;
    std::optional<std::int64_t> from, to;
    boost::json::object fields;  ///< as sent: the answers repeat them
};

/// Throws std::invalid_argument naming the field that is wrong.
ServitlyExportBody servitly_export_body(std::string_view json);

}  // namespace garner::sandbox
