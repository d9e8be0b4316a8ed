#include "sandbox/models/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/presigned.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

using Effect = FaultRule::Effect;

constexpr std::array<std::string_view, 7> kWrongShapes = {
    "[]", "null", "\"complete\"", R"({"id":7,"status":{}})", R"({"id":null,"status":"complete","resource":17})",
    "{",  "1e400"};

void erase_header(ModelRequest& request, std::string_view name) {
    std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
}

void set_header(ModelReply& reply, std::string_view name, std::string value) {
    std::erase_if(reply.headers, [&](const auto& header) { return header.first == name; });
    reply.headers.emplace_back(std::string(name), std::move(value));
}

std::string header_of(const ModelReply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
        if (key == name) return value;
    }
    return {};
}

std::uint64_t body_bytes(const ModelReply& reply) { return reply.content ? reply.content_length : reply.body.size(); }

bool matches(const FaultRule& rule, VendorModel::Door door, const ModelRequest& request) {
    if (rule.door && *rule.door != door) return false;
    if (rule.method != "*" && rule.method != request.method) return false;
    return glob_matches(rule.path, request.path());
}

}  // namespace

FaultLayer::FaultLayer(VendorModel& model, std::uint64_t seed) : model_(model), seed_(chance(seed, "faults")) {}

void FaultLayer::add(FaultRule rule) { rules_.push_back({std::move(rule), 0, 0}); }

void FaultLayer::clear() { rules_.clear(); }

void FaultLayer::reset() {
    clear();
    waits_[0].reset();
    waits_[1].reset();
    violations_.clear();
}

// The first rule that strikes; those before it have counted the request.
FaultLayer::Active* FaultLayer::striking(VendorModel::Door door, const ModelRequest& request) {
    for (Active& active : rules_) {
        if (!matches(active.rule, door, request)) continue;
        if (active.rule.times && active.struck >= *active.rule.times) continue;
        const std::uint64_t number = active.seen++;
        if (number < active.rule.skip) continue;
        if (active.rule.every > 1 && (number - active.rule.skip + 1) % active.rule.every != 0) continue;
        if (active.rule.probability < 1) {
            const double drawn = static_cast<double>(mix(seed_ ^ drawn_++) >> 11) * 0x1p-53;
            if (drawn >= active.rule.probability) continue;
        }
        ++active.struck;
        ++struck_;
        return &active;
    }
    return nullptr;
}

void FaultLayer::watch_retry_after(VendorModel::Door door, const ModelRequest& request, WallTime now) {
    const std::optional<Wait>& wait = waits_[door == VendorModel::Door::api ? 0 : 1];
    if (!wait || now >= wait->until || now < wait->asked_at + wait_grace_) return;
    violations_.push_back({now, request.method + " " + std::string(request.path()) + " came " +
                                    std::to_string((wait->until - now).count()) + " ms before Retry-After was over"});
}

FaultedReply FaultLayer::handle(VendorModel::Door door, ModelRequest request, WallTime now) {
    watch_retry_after(door, request, now);
    FaultedReply faulted;
    Active* const active = striking(door, request);
    if (active == nullptr) {
        faulted.reply = model_.handle(door, request, now);
        return faulted;
    }

    const FaultRule& rule = active->rule;
    faulted.rule = rule.name;
    faulted.delay = rule.delay;
    const auto model_answers = [&] { faulted.reply = model_.handle(door, request, now); };
    switch (rule.effect) {
        case Effect::none:
            model_answers();
            break;
        case Effect::status: {
            model_.answered_instead(request, rule.status);
            ModelReply& reply = faulted.reply;
            if (rule.body == "html") {
                reply = html_reply(rule.status, "Status " + std::to_string(rule.status));
            } else {
                reply.status = rule.status;
                reply.headers = {{"content-type", "application/json; charset=utf-8"}};
                reply.body = !rule.body.empty() ? rule.body : error_body_ ? error_body_(rule.status) : "{}";
            }
            if (!rule.retry_after_text.empty()) {
                set_header(reply, "retry-after", rule.retry_after_text);
            } else if (rule.retry_after) {
                const auto seconds = std::chrono::floor<std::chrono::seconds>(*rule.retry_after);
                WallTime until = now + seconds;
                if (rule.retry_after_form == FaultRule::RetryAfter::date)
                    until = std::chrono::floor<std::chrono::seconds>(until);
                set_header(reply, "retry-after",
                           rule.retry_after_form == FaultRule::RetryAfter::date ? format_http_date(until)
                                                                                : std::to_string(seconds.count()));
                waits_[door == VendorModel::Door::api ? 0 : 1] = Wait{now, until};
            }
            break;
        }
        case Effect::reset:
            faulted.transport = FaultedReply::Transport::reset_before;
            break;
        case Effect::lost_answer:
            request.headers.emplace_back(std::string(kAnswerLostHeader), "1");
            model_answers();
            faulted.transport = FaultedReply::Transport::lost_answer;
            break;
        case Effect::cut_body:
            model_answers();
            faulted.cut_after = std::min(rule.bytes, body_bytes(faulted.reply));
            faulted.cut_by = rule.cut_by;
            break;
        case Effect::slow_body:
            model_answers();
            faulted.bytes_per_second = std::max<std::uint64_t>(rule.bytes_per_second, 1);
            break;
        case Effect::stall_body:
            model_answers();
            faulted.stall_after = std::min(rule.bytes, body_bytes(faulted.reply));
            faulted.stall_for = rule.stall_for;
            break;
        case Effect::wrong_length:
            model_answers();
            faulted.announced_length_off = rule.length_off;
            break;
        case Effect::no_length:
            model_answers();
            faulted.without_length = true;
            faulted.cut_by = rule.cut_by;
            break;
        case Effect::corrupt_byte:
            model_answers();
            if (const std::uint64_t bytes = body_bytes(faulted.reply); bytes > 0)
                faulted.corrupt_at = std::min(rule.bytes, bytes - 1);
            break;
        case Effect::expired:
            faulted.reply = store_error(403, "AccessDenied", "Request has expired");
            break;
        case Effect::redirect:
            faulted.reply.status = rule.status >= 300 && rule.status < 400 ? rule.status : 302;
            set_header(faulted.reply, "location", rule.location);
            break;
        case Effect::login_page:
            faulted.reply = html_reply(200, "Sign in");
            break;
        case Effect::wrong_shape:
            faulted.reply.headers = {{"content-type", "application/json; charset=utf-8"}};
            faulted.reply.body =
                rule.body.empty() ? std::string(kWrongShapes[(active->struck - 1) % kWrongShapes.size()]) : rule.body;
            break;
        case Effect::etag_change:
            if (!request.header("if-range").empty()) {
                erase_header(request, "if-range");
                erase_header(request, "range");
            }
            model_answers();
            set_header(faulted.reply, "etag", "\"another-object-" + std::to_string(active->struck) + "\"");
            break;
        case Effect::ignore_range:
            erase_header(request, "if-range");
            erase_header(request, "range");
            model_answers();
            break;
        case Effect::wrong_range:
            model_answers();
            if (const std::string range = header_of(faulted.reply, "content-range"); !range.empty())
                set_header(faulted.reply, "content-range", "bytes 1" + range.substr(6));
            break;
    }
    return faulted;
}

}  // namespace garner::sandbox
