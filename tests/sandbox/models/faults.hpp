// What goes wrong between a vendor model and its client, asked for by rules. Transport-free: the answer says what
// should happen on the wire, and the sandbox's TLS server or the simulated network makes it happen.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "core/time.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

/// A request header that the fault layer adds when the model's answer will be lost: the model then acts but does not
/// hold the client to what it cannot know.
inline constexpr std::string_view kAnswerLostHeader = "x-sandbox-answer-lost";

/// A model's reply and what becomes of it on its way. Body bytes are those of reply.body, or of the named part of
/// reply.content.
struct FaultedReply {
    enum class Transport {
        answer,        ///< the reply goes out, with the changes below
        reset_before,  ///< the connection is reset and the vendor has not acted
        lost_answer,   ///< the vendor has acted; the connection is reset before a byte of the reply
    };
    enum class CutBy { reset, close, clean_close };  ///< TCP RST; FIN without, or with, TLS close_notify

    ModelReply reply;
    Transport transport = Transport::answer;
    Duration delay{0};                       ///< before anything of the above
    std::optional<std::uint64_t> cut_after;  ///< so many bytes of the body, then the connection ends
    CutBy cut_by = CutBy::reset;
    std::optional<std::uint64_t> stall_after;  ///< so many bytes of the body, then nothing for stall_for, then the rest
    Duration stall_for{0};
    std::optional<std::uint64_t> bytes_per_second;  ///< of the body
    /// Added to Content-Length; the body stays as it is. After too much was announced the connection ends by cut_by.
    std::int64_t announced_length_off = 0;
    bool without_length = false;              ///< no Content-Length: the body ends where the connection does
    std::optional<std::uint64_t> corrupt_at;  ///< this byte of the body has all its bits flipped
    std::string rule;                         ///< the rule that did it; empty: nobody
};

struct FaultRule {
    enum class Effect {
        none,          ///< only `delay`
        status,        ///< `status` with `body`, and Retry-After; the vendor does not act
        reset,         ///< Transport::reset_before
        lost_answer,   ///< Transport::lost_answer
        cut_body,      ///< after `bytes`, by `cut_by`
        slow_body,     ///< at `bytes_per_second`
        stall_body,    ///< after `bytes`, for `stall_for`
        wrong_length,  ///< Content-Length is off by `length_off`
        no_length,     ///< no Content-Length
        corrupt_byte,  ///< at `bytes`
        expired,       ///< 403 "Request has expired"
        redirect,      ///< 302 to `location`
        login_page,    ///< 200 with an HTML page
        wrong_shape,   ///< 200 with JSON of another shape (`body`, or one of several in turn)
        etag_change,   ///< the object is another one now: If-Range does not match, ETag differs
        ignore_range,  ///< 200 and everything, whatever the Range
        wrong_range,   ///< 206 whose Content-Range begins at another byte
    };
    enum class RetryAfter { seconds, date };

    std::string name;                       ///< for the record
    std::optional<VendorModel::Door> door;  ///< nothing: both
    std::string method = "*";
    std::string path = "*";              ///< glob over the whole path, without the query
    std::uint64_t skip = 0;              ///< the first so many matching requests pass
    std::optional<std::uint64_t> times;  ///< then it strikes so often and is gone; nothing: for ever
    std::uint64_t every = 1;             ///< only each k-th matching request
    double probability = 1;              ///< of each of those, by the seed

    Effect effect = Effect::none;
    Duration delay{0};  ///< goes with every effect
    int status = 503;
    std::optional<Duration> retry_after;  ///< whole seconds
    RetryAfter retry_after_form = RetryAfter::seconds;
    std::string retry_after_text;  ///< as it stands, instead: garbage, negative numbers
    std::string body;              ///< empty: the vendor's error body; "html": a page
    std::uint64_t bytes = 0;
    FaultedReply::CutBy cut_by = FaultedReply::CutBy::reset;
    std::uint64_t bytes_per_second = 1024;
    Duration stall_for{60000};
    std::int64_t length_off = 0;
    std::string location;
};

/// A rule from the control port's JSON (tests/sandbox/README.md). Throws std::invalid_argument naming the key that is
/// wrong.
FaultRule fault_rule_from_json(const boost::json::value&);

/// Stands in front of one model. Also watches that the client waits as long as Retry-After asked it to.
class FaultLayer {
public:
    FaultLayer(VendorModel& model, std::uint64_t seed);

    void add(FaultRule);
    void clear();  ///< the rules
    void reset();  ///< rules, what Retry-After asked for, and violations
    std::size_t rules() const { return rules_.size(); }

    /// What the vendor says for a status of ours; the model's own form.
    void set_error_body(std::function<std::string(int status)> body) { error_body_ = std::move(body); }

    /// Requests that were on their way when Retry-After was said are forgiven for so long.
    void set_wait_grace(Duration grace) { wait_grace_ = grace; }

    FaultedReply handle(VendorModel::Door, ModelRequest, WallTime now);

    /// Of this layer; the model has its own.
    const std::vector<Violation>& violations() const { return violations_; }
    std::uint64_t struck() const { return struck_; }  ///< how often a rule has struck

private:
    struct Active {
        FaultRule rule;
        std::uint64_t seen = 0;
        std::uint64_t struck = 0;
    };
    struct Wait {
        WallTime asked_at;
        WallTime until;
    };

    Active* striking(VendorModel::Door, const ModelRequest&);
    void watch_retry_after(VendorModel::Door, const ModelRequest&, WallTime now);

    VendorModel& model_;
    std::uint64_t seed_;
    std::uint64_t drawn_ = 0;
    std::uint64_t struck_ = 0;
    std::vector<Active> rules_;
    std::function<std::string(int)> error_body_;
    Duration wait_grace_{250};
    std::optional<Wait> waits_[2];
    std::vector<Violation> violations_;
};

}  // namespace garner::sandbox
