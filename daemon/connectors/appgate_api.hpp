// How a call reaches an Appgate controller: in an API version that it takes, with a token that it gave. Both can end at
// any time: the token by its time or a 401, the version by a product upgrade (406).
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/appgate_json.hpp"
#include "connectors/connector.hpp"
#include "connectors/reply_check.hpp"

namespace garner {

class AppgateApi {
public:
    static constexpr int oldest_version = 11;
    static constexpr int newest_version = 24;

    enum class Media { json, gpg };

    AppgateApi(const SourceSettings&, const ConnectorTools&);

    const std::string& base() const { return base_; }
    /// As negotiated; 0 before the first call.
    int version() const { return session_->api_version; }
    /// Whether the last login, if one was needed, came about.
    bool logged_in() const { return !session_->token.empty() && !session_->refused; }

    /// With the version and the token of now. `path` begins with a slash.
    HttpRequest request(std::string method, const std::string& path, Media = Media::json) const;

    /// Makes the request for each time that it is sent.
    using Build = std::function<HttpRequest()>;
    /// One call, logged in. After a 401 it logs in and calls once more, after a 406 it asks for the versions and calls
    /// once more in the new one: neither has started anything. `build` must outlive the call.
    Task<Result<HttpReply>> call(const Build& build);

    /// check_reply() with the vendor's own words, nothing secret, and what an admin can do about it.
    Result<void> check(const std::string& operation, const HttpReply&, Sent, std::string_view privilege) const;
    /// The body; what a failure quotes of it is cleaned.
    Result<boost::json::value> parse(const std::string& body) const;
    /// One printable line without the password or a token.
    std::string shown(const std::string& text, std::size_t bytes_max) const;
    std::string cleaned(std::string text) const;

private:
    Task<Result<void>> log_in();
    enum class Until { logged_in, version_is_known };
    Task<Result<void>> log_in_beginning_with(int version, Until);
    Task<Result<std::optional<int>>> ask_version();
    Task<Result<void>> renegotiate(int refused_version);
    Task<Result<HttpReply>> send(HttpRequest);
    HttpRequest login_request(int version) const;
    Result<void> accept_login(const HttpReply&, int version);
    Failure refused_login(const HttpReply&) const;
    Failure needs_mfa(std::string_view words) const;
    Result<int> choose(const appgate::VersionRange&) const;
    appgate::ErrorBody error_body(const HttpReply&) const;
    VendorError vendor_error(const HttpReply&) const;
    Result<void> check_plainly(const std::string& operation, const HttpReply&, Sent) const;

    HttpClient& http_;
    const Clock& clock_;
    AppgateSettings account_;
    std::string base_;
    std::string device_id_;
    std::string login_operation_;
    Secret escaped_password_;  ///< as JSON writes it
    Secret former_token_;
    std::shared_ptr<Session> session_;
};

}  // namespace garner
