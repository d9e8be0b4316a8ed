// Fault rules as the control port takes them: tests/sandbox/README.md lists the keys.
#include <array>
#include <stdexcept>
#include <utility>

#include "sandbox/models/faults.hpp"
#include "sandbox/models/json_keys.hpp"

namespace garner::sandbox {
namespace {

using Effect = FaultRule::Effect;

constexpr std::array<std::pair<std::string_view, Effect>, 17> kEffects = {{
    {"none", Effect::none},
    {"status", Effect::status},
    {"reset", Effect::reset},
    {"lost_answer", Effect::lost_answer},
    {"cut_body", Effect::cut_body},
    {"slow_body", Effect::slow_body},
    {"stall_body", Effect::stall_body},
    {"wrong_length", Effect::wrong_length},
    {"no_length", Effect::no_length},
    {"corrupt_byte", Effect::corrupt_byte},
    {"expired", Effect::expired},
    {"redirect", Effect::redirect},
    {"login_page", Effect::login_page},
    {"wrong_shape", Effect::wrong_shape},
    {"etag_change", Effect::etag_change},
    {"ignore_range", Effect::ignore_range},
    {"wrong_range", Effect::wrong_range},
}};

Effect effect_from(const std::string& word) {
    for (const auto& [name, effect] : kEffects) {
        if (name == word) return effect;
    }
    throw std::invalid_argument("effect: \"" + word + "\" is not known");
}

VendorModel::Door door_from(const std::string& word) {
    if (word == "api") return VendorModel::Door::api;
    if (word == "download") return VendorModel::Door::download;
    throw std::invalid_argument("door: api or download");
}

FaultedReply::CutBy cut_by_from(const std::string& word) {
    if (word == "reset") return FaultedReply::CutBy::reset;
    if (word == "close") return FaultedReply::CutBy::close;
    if (word == "clean_close") return FaultedReply::CutBy::clean_close;
    throw std::invalid_argument("cut_by: reset, close or clean_close");
}

}  // namespace

FaultRule fault_rule_from_json(const boost::json::value& value) {
    FaultRule rule;
    bool effect_named = false;
    JsonKeys keys;
    const auto text = [&](const char* key, std::string& into) {
        keys[key] = [&into, key](const auto& v) { into = json_text(v, key); };
    };
    const auto number = [&](const char* key, std::uint64_t& into) {
        keys[key] = [&into, key](const auto& v) { into = json_number(v, key); };
    };
    const auto milliseconds = [&](const char* key, Duration& into) {
        keys[key] = [&into, key](const auto& v) { into = Duration(static_cast<std::int64_t>(json_number(v, key))); };
    };
    text("name", rule.name);
    text("method", rule.method);
    text("path", rule.path);
    text("body", rule.body);
    text("location", rule.location);
    text("retry_after_text", rule.retry_after_text);
    number("skip", rule.skip);
    number("every", rule.every);
    number("bytes", rule.bytes);
    number("bytes_per_second", rule.bytes_per_second);
    milliseconds("delay_ms", rule.delay);
    milliseconds("stall_ms", rule.stall_for);
    keys["door"] = [&](const auto& v) { rule.door = door_from(json_text(v, "door")); };
    keys["times"] = [&](const auto& v) { rule.times = json_number(v, "times"); };
    keys["probability"] = [&](const auto& v) { rule.probability = json_fraction(v, "probability"); };
    keys["status"] = [&](const auto& v) { rule.status = static_cast<int>(json_number(v, "status")); };
    keys["length_off"] = [&](const auto& v) { rule.length_off = json_signed(v, "length_off"); };
    keys["cut_by"] = [&](const auto& v) { rule.cut_by = cut_by_from(json_text(v, "cut_by")); };
    keys["retry_after"] = [&](const auto& v) {
        rule.retry_after = std::chrono::seconds(static_cast<std::int64_t>(json_number(v, "retry_after")));
    };
    keys["retry_after_date"] = [&](const auto& v) {
        rule.retry_after = std::chrono::seconds(static_cast<std::int64_t>(json_number(v, "retry_after_date")));
        rule.retry_after_form = FaultRule::RetryAfter::date;
    };
    keys["effect"] = [&](const auto& v) {
        rule.effect = effect_from(json_text(v, "effect"));
        effect_named = true;
    };
    read_json_keys(value, keys, "fault");
    if (!effect_named && rule.delay == Duration(0)) throw std::invalid_argument("fault: an effect is wanted");
    if (rule.status < 200 || rule.status > 599) throw std::invalid_argument("status: 200 to 599");
    if (rule.every == 0) throw std::invalid_argument("every: at least 1");
    return rule;
}

}  // namespace garner::sandbox
