// Reads the JSON files beside artifacts: whatever lies there is taken for what it says, or told to be wrong.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "core/time.hpp"

namespace garner {

/// One whole JSON object of format 1 and of at most `manifest_bytes_max`, and nothing behind it.
Result<boost::json::object> parse_document(std::string_view text);

// Reads members of one object; the first thing that is wrong is kept.
class Members {
public:
    Members(const boost::json::object& object, std::string where, std::string& error)
        : object_(object), where_(std::move(where)), error_(error) {}

    std::string text(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr) return {};
        if (member->is_string()) return std::string(member->as_string());
        return wrong(key, "a string");
    }
    std::optional<std::string> optional_text(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr || member->is_null()) return std::nullopt;
        return text(key);
    }
    WallTime time(std::string_view key) {
        const auto t = parse_rfc3339(text(key));
        if (!t) wrong(key, "an RFC 3339 time");
        return t.value_or(WallTime{});
    }
    std::optional<WallTime> optional_time(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr || member->is_null()) return std::nullopt;
        return time(key);
    }
    std::optional<std::uint64_t> optional_number(std::string_view key) {
        const auto* member = object_.if_contains(key);
        if (member == nullptr || member->is_null()) return std::nullopt;
        return number(key);
    }
    bool flag(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr) return false;
        if (member->is_bool()) return member->get_bool();
        wrong(key, "true or false");
        return false;
    }
    std::uint64_t number(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr) return 0;
        if (member->is_uint64()) return member->as_uint64();
        if (member->is_int64() && member->as_int64() >= 0) return static_cast<std::uint64_t>(member->as_int64());
        wrong(key, "a whole number");
        return 0;
    }
    const boost::json::object* object(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr || member->is_null()) return nullptr;
        if (member->is_object()) return &member->as_object();
        wrong(key, "an object");
        return nullptr;
    }
    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> list;
        const auto* member = find(key);
        if (member == nullptr) return list;
        if (!member->is_array()) {
            wrong(key, "a list");
            return list;
        }
        for (const boost::json::value& item : member->as_array()) {
            if (item.is_string())
                list.emplace_back(item.as_string());
            else
                wrong(key, "a list of strings");
        }
        return list;
    }
    std::string wrong(std::string_view key, std::string_view expected) {
        if (error_.empty()) error_ = where_ + "/" + std::string(key) + ": " + std::string(expected) + " was expected";
        return {};
    }

private:
    const boost::json::value* find(std::string_view key) {
        const auto* member = object_.if_contains(key);
        if (member == nullptr) wrong(key, "a member");
        return member;
    }

    const boost::json::object& object_;
    std::string where_;
    std::string& error_;
};

}  // namespace garner
