#include "connectors/appgate_api.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>

#include "connectors/json.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr Duration expiry_margin_max{60'000};

// The controller's time. Its Date has whole seconds, always past ones: where our clock says the same second it knows
// better, elsewhere a token may be over up to a second sooner: its margin is for that, too.
WallTime vendor_time(const HttpHead& head, const Clock& clock) {
    const auto date = head.header("date");
    const auto theirs = date ? parse_http_date(*date) : std::nullopt;
    const WallTime ours = clock.wall_now();
    const bool same_second = theirs && ours >= *theirs && ours - *theirs < Duration(1'000);
    return theirs && !same_second ? *theirs : ours;
}

std::string accept_header(int version, AppgateApi::Media media) {
    return "application/vnd.appgate.peer-v" + std::to_string(version) +
           (media == AppgateApi::Media::gpg ? "+gpg" : "+json");
}

std::string range_text(const appgate::VersionRange& range) {
    return range.min == 0 ? "up to " + std::to_string(range.max)
                          : std::to_string(range.min) + " to " + std::to_string(range.max);
}

// Error ids are mostly words like "unauthorized"; only a UUID is worth telling the vendor's support.
bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash ? text[at] != '-' : std::isxdigit(static_cast<unsigned char>(text[at])) == 0) return false;
    }
    return true;
}

// What precedes a login has started nothing, and neither has a login.
Failure harmless(Failure failure) {
    if (failure.kind == FailureKind::uncertain || failure.kind == FailureKind::busy)
        failure.kind = FailureKind::transient;
    return failure;
}

}  // namespace

AppgateApi::AppgateApi(const SourceSettings& settings, const ConnectorTools& tools)
    : http_(tools.http),
      clock_(tools.clock),
      account_(std::get<AppgateSettings>(settings.vendor)),
      base_(settings.http.base_url),
      device_id_(tools.device_id),
      session_(tools.sessions->of(login_fingerprint(settings, ""))) {
    while (base_.ends_with('/')) base_.pop_back();
    login_operation_ =
        "log in as " + printable(account_.username, 80) + " of provider " + printable(account_.provider, 80);
    const std::string quoted = boost::json::serialize(boost::json::string(account_.password.reveal()));
    escaped_password_ = Secret(quoted.substr(1, quoted.size() - 2));
}

HttpRequest AppgateApi::request(std::string method, const std::string& path, Media media) const {
    HttpRequest made(std::move(method), base_ + path);
    made.headers.emplace_back("Accept", accept_header(session_->api_version, media));
    made.authorization = Secret("Bearer " + session_->token.reveal());
    return made;
}

Task<Result<HttpReply>> AppgateApi::send(HttpRequest request) { co_return co_await http_.exchange(request); }

Task<Result<HttpReply>> AppgateApi::call(const Build& build) {
    int used = 0;
    const LogIn log_in = [this] { return this->log_in(); };
    const CallWithToken once = [this, &build, &used] {
        used = session_->api_version;
        return send(build());
    };
    auto reply = co_await call_with_token(session_, clock_, log_in, once);
    if (!reply || reply->head.status != 406) co_return reply;
    const int refused = used;
    const auto asked = co_await renegotiate(refused);
    if (!asked) co_return asked.error();
    if (session_->api_version == refused) co_return reply;
    co_return co_await call_with_token(session_, clock_, log_in, once);
}

Task<Result<void>> AppgateApi::log_in() {
    if (session_->api_version == 0) {
        const auto told = co_await ask_version();
        if (!told) co_return told.error();
        if (*told) session_->api_version = **told;
    }
    const int version = session_->api_version == 0 ? newest_version : session_->api_version;
    co_return co_await log_in_beginning_with(version, Until::logged_in);
}

// A 406 is the one refusal of a login that costs nothing: it tells the versions before the password is looked at.
Task<Result<void>> AppgateApi::log_in_beginning_with(int version, Until until) {
    for (bool renegotiated = false;; renegotiated = true) {
        const HttpRequest request = login_request(version);
        const auto reply = co_await http_.exchange(request);
        if (!reply) co_return harmless(reply.error()).during(login_operation_);
        if (reply->head.status != 406) co_return accept_login(*reply, version);

        const auto refused = check_plainly(login_operation_, *reply, Sent::question);
        const auto json = parse(reply->body);
        const auto range = json ? appgate::read_supported_versions(*json) : std::nullopt;
        std::optional<int> next;
        if (range) {
            const auto chosen = choose(*range);
            if (!chosen) co_return chosen.error().during(login_operation_);
            next = *chosen;
        } else if (!renegotiated) {
            const auto told = co_await ask_version();
            if (!told) co_return told.error();
            next = *told;
        }
        if (renegotiated || !next || *next == version) {
            Failure failure = refused.error();
            failure.what += "; the controller does not take API version " + std::to_string(version) +
                            " and names none that garner speaks";
            co_return failure;
        }
        version = *next;
        if (until == Until::version_is_known) {
            session_->api_version = version;
            co_return Result<void>();
        }
    }
}

// GET /version, since v20, without a token. Nothing where the controller does not know it.
Task<Result<std::optional<int>>> AppgateApi::ask_version() {
    const std::string operation = "ask the controller for its API version";
    HttpRequest request("GET", base_ + "/version");
    request.headers.emplace_back("Accept", "application/json");
    const auto reply = co_await http_.exchange(request);
    if (!reply) co_return harmless(reply.error()).during(operation);
    const auto checked = check_plainly(operation, *reply, Sent::question);
    if (!checked) {
        const int status = reply->head.status;
        const bool unknown = status >= 400 && status < 500 && checked.error().kind == FailureKind::rejected;
        if (unknown) co_return std::optional<int>();
        co_return harmless(checked.error());
    }
    const auto json = parse(reply->body);
    const auto range = json ? appgate::read_version(*json) : std::nullopt;
    if (!range) co_return std::optional<int>();
    const auto chosen = choose(*range);
    if (!chosen) co_return chosen.error().during(operation);
    co_return std::optional<int>(*chosen);
}

Task<Result<void>> AppgateApi::renegotiate(int refused_version) {
    const Slots::Turn turn = co_await session_->turn.acquire();
    if (session_->api_version != refused_version) co_return Result<void>();  // another call has done it
    const auto told = co_await ask_version();
    if (!told) co_return told.error();
    if (!*told) co_return co_await log_in_beginning_with(newest_version, Until::version_is_known);
    session_->api_version = **told;
    co_return Result<void>();
}

Result<int> AppgateApi::choose(const appgate::VersionRange& theirs) const {
    const appgate::VersionRange ours{oldest_version, newest_version};
    if (theirs.max >= ours.min && theirs.min <= ours.max) return std::min(theirs.max, ours.max);
    return Failure(FailureKind::rejected, "the controller speaks API versions " + range_text(theirs) + ", garner " +
                                              range_text(ours) + ": update " +
                                              (theirs.max < ours.min ? "the Appgate appliances" : "garner"));
}

HttpRequest AppgateApi::login_request(int version) const {
    HttpRequest made("POST", base_ + "/login");
    made.headers.emplace_back("Accept", accept_header(version, Media::json));
    made.headers.emplace_back("Content-Type", "application/json");
    const boost::json::object body{{"providerName", account_.provider},
                                   {"username", account_.username},
                                   {"password", account_.password.reveal()},
                                   {"deviceId", device_id_}};
    made.body = boost::json::serialize(body);
    return made;
}

Result<void> AppgateApi::accept_login(const HttpReply& reply, int version) {
    if (reply.head.status < 200 || reply.head.status >= 300) return refused_login(reply);
    // Quoting an answer that cannot be read might tell the token in it.
    const auto json = parse_json(reply.body);
    if (!json)
        return Failure(FailureKind::corrupt,
                       login_operation_ + ": the answer is " +
                           (reply.body.starts_with('{') ? "broken JSON" : "no JSON: is the source's `url` right?"));
    auto login = appgate::read_login(*json);
    if (!login) return login.error().during(login_operation_);
    if (login->needs_mfa) return needs_mfa("");
    session_->api_version = version;
    std::optional<SteadyTime> used_until;
    if (login->expires) {
        const SteadyTime now = clock_.steady_now();
        const SteadyTime end = clock_.steady_now() + (*login->expires - vendor_time(reply.head, clock_));
        // A token that has ended already when it comes is a clock that is wrong: it is used until it is refused.
        if (end > now) used_until = end - std::min(expiry_margin_max, (end - now) / 10);
    }
    former_token_ = session_->token;
    accept_token(*session_, std::move(login->token), used_until);
    return {};
}

Failure AppgateApi::needs_mfa(std::string_view words) const {
    Failure failure(FailureKind::rejected, login_operation_ + ": " + std::string(words) +
                                               "multi-factor authentication is required, which a login by API cannot "
                                               "do: exempt the account from it, or use a service user");
    failure.login_rejected = true;
    return failure;
}

Failure AppgateApi::refused_login(const HttpReply& reply) const {
    const int status = reply.head.status;
    Failure failure = harmless(check_plainly(login_operation_, reply, Sent::question).error());
    const appgate::ErrorBody error = error_body(reply);
    if (status < 500 && (error.wants_otp || to_lower_ascii(error.failure_type) == "mfa")) {
        Failure mfa = needs_mfa("status " + std::to_string(status) + ", \"" + shown(error.message, 200) + "\"; ");
        mfa.http_status = status;
        return mfa;
    }
    // A proxy's page is no word about the account: then only a 401 is one.
    if ((status == 400 || status == 403 || status == 422) && !error.message.empty()) failure.login_rejected = true;
    const std::string said = to_lower_ascii(error.message + " " + error.reason);
    if (status == 401 && said.find("lock") != std::string::npos)
        failure.what +=
            "; the account is locked: unlock it in the admin console, or wait until its lock ends, and check the "
            "password in the source's `login` first";
    else if (status == 401 && said.find("provider") != std::string::npos)
        failure.what += "; check `provider` in the source's `login`: the name of the account's identity provider";
    else if (failure.login_rejected)
        failure.what += "; check user name, password and provider in the source's `login`";
    else if (status == 404)
        failure.what += "; check the source's `url`: mostly https://HOST:8443/admin";
    return failure;
}

std::string AppgateApi::cleaned(std::string text) const {
    const std::array<const Secret*, 4> secrets{&account_.password, &escaped_password_, &session_->token,
                                               &former_token_};
    for (const Secret* secret : secrets) text = without_secret(std::move(text), *secret);
    return text;
}

// Cleaned first: half a secret behind a cut would not be found.
std::string AppgateApi::shown(const std::string& text, std::size_t bytes_max) const {
    return printable(cleaned(text), bytes_max);
}

Result<boost::json::value> AppgateApi::parse(const std::string& body) const {
    auto json = parse_json(body);
    if (json) return json;
    const auto quoted = parse_json(cleaned(body));
    return quoted ? Failure(FailureKind::corrupt, "broken JSON") : quoted.error();
}

appgate::ErrorBody AppgateApi::error_body(const HttpReply& reply) const {
    const auto json = parse_json(reply.body);
    return json ? appgate::read_error(*json) : appgate::ErrorBody();
}

// A body without `id` and `message` is not the vendor's: a gateway's JSON may have one of them.
VendorError AppgateApi::vendor_error(const HttpReply& reply) const {
    const appgate::ErrorBody body = error_body(reply);
    VendorError error;
    if (body.id.empty() || body.message.empty()) return error;
    error.text = shown(body.message, 200);
    if (!body.reason.empty() && body.reason != body.message) error.text += ", " + shown(body.reason, 200);
    for (const std::string& field : body.fields) error.text += "; " + shown(field, 200);
    if (is_uuid(body.id)) error.id = shown(body.id, 40);
    return error;
}

Result<void> AppgateApi::check_plainly(const std::string& operation, const HttpReply& reply, Sent sent) const {
    HttpReply clean = reply;
    clean.body = cleaned(std::move(clean.body));
    return check_reply(operation, clean, sent, vendor_error(reply));
}

Result<void> AppgateApi::check(const std::string& operation, const HttpReply& reply, Sent sent,
                               std::string_view privilege) const {
    const auto checked = check_plainly(operation, reply, sent);
    if (checked) return checked;
    Failure failure = checked.error();
    // It follows a login that was accepted: the credential is right.
    failure.login_rejected = false;
    switch (reply.head.status) {
        case 401:
            failure.what +=
                "; the controller refuses a token that it has just given: check the roles of the account in the "
                "source's `login`";
            break;
        case 403:
            failure.what += "; the account in the source's `login` needs the privilege " + std::string(privilege);
            break;
        case 404:
            failure.what += "; does it still exist, and does the source's `url` end as it should (/admin)?";
            break;
        case 406:
            failure.what += "; asked in API version " + std::to_string(session_->api_version);
            break;
        default:
            break;
    }
    return failure;
}

}  // namespace garner
