#include "sandbox/models/servitly_export.hpp"

#include <boost/json/parse.hpp>
#include <stdexcept>

#include "sandbox/models/json_keys.hpp"

namespace garner::sandbox {
namespace {

// Either the thing definition, or product model and part: the one stands for the other.
void check_metric(const boost::json::value& value) {
    std::string metric, model, part, definition;
    JsonKeys keys;
    keys["metricId"] = [&](const auto& v) { metric = json_text(v, "metricId"); };
    keys["productModelId"] = [&](const auto& v) { model = json_text(v, "productModelId"); };
    keys["productModelPartId"] = [&](const auto& v) { part = json_text(v, "productModelPartId"); };
    keys["thingDefinitionId"] = [&](const auto& v) { definition = json_text(v, "thingDefinitionId"); };
    read_json_keys(value, keys, "qualifiedMetricIds");
    if (metric.empty()) throw std::invalid_argument("qualifiedMetricIds.metricId is required");
    if (!definition.empty() && !(model + part).empty())
        throw std::invalid_argument("qualifiedMetricIds: thingDefinitionId stands instead of model and part");
}

}  // namespace

ServitlyExportBody servitly_export_body(std::string_view json) {
    boost::system::error_code broken;
    const boost::json::value value = boost::json::parse(json, broken);
    if (broken || !value.is_object()) throw std::invalid_argument("a JSON object is wanted");
    ServitlyExportBody body;
    JsonKeys keys;
    const auto text = [&](const char* key, std::string* into) {
        keys[key] = [key, into](const auto& v) {
            std::string read = json_text(v, key);
            if (into != nullptr) *into = std::move(read);
        };
    };
    const auto ids = [&](const char* key) {
        keys[key] = [key](const auto& v) {
            for (const boost::json::value& id : json_array(v, key)) json_text(id, key);
        };
    };
    text("name", &body.name);
    text("thingFileName", &body.thing_file_name);
    text("customerId", nullptr);
    text("locationId", nullptr);
    text("thingId", nullptr);
    ids("thingDefinitionIds");  // these two: the older contract
    ids("metricIds");
    keys["dateTime"] = [](const auto& v) { json_signed(v, "dateTime"); };
    keys["startTimestamp"] = [&](const auto& v) { body.from = json_signed(v, "startTimestamp"); };
    keys["endTimestamp"] = [&](const auto& v) { body.to = json_signed(v, "endTimestamp"); };
    keys["hashThingFileName"] = [&](const auto& v) { body.hash_thing_file_name = json_flag(v, "hashThingFileName"); };
    keys["includeUnit"] = [](const auto& v) { json_flag(v, "includeUnit"); };
    keys["timestampFormat"] = [](const auto& v) {
        const std::string word = json_text(v, "timestampFormat");
        if (word != "ISO_8601" && word != "EPOCH_MILLIS")
            throw std::invalid_argument("timestampFormat: ISO_8601 or EPOCH_MILLIS");
    };
    keys["qualifiedMetricIds"] = [](const auto& v) {
        for (const boost::json::value& metric : json_array(v, "qualifiedMetricIds")) check_metric(metric);
    };
    read_json_keys(value, keys, "dataExport");
    if (body.from && body.to && *body.from >= *body.to)
        throw std::invalid_argument("startTimestamp must be before endTimestamp");
    if (body.thing_file_name.find('/') != std::string::npos)
        throw std::invalid_argument("thingFileName: no / in a file name");
    body.fields = value.get_object();
    return body;
}

}  // namespace garner::sandbox
