// A small HTTP/1.1 server for scrapes, health and the status page: GET and HEAD only (and vendors' calls), everything
// bounded. A slow, broken or flooding client costs a connection, never a run: the oldest connection that has not sent
// its request makes room for a new one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/settings.hpp"
#include "core/time.hpp"
#include "platform/clock.hpp"
#include "platform/random.hpp"
#include "platform/task.hpp"
#include "platform/worker.hpp"

namespace garner {

struct WebRequest {
    std::string path;   ///< "/metrics": without the query
    std::string query;  ///< "limit=10"; not decoded
};

struct WebReply {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

/// What the server serves.
class WebPages {
public:
    virtual ~WebPages() = default;
    virtual Task<WebReply> answer(WebRequest) = 0;
    /// A vendor's POST to /callback/RUN/PROOF: whether it is one that we told a vendor. Needs no password; its body is
    /// not read. It changes nothing but when a run looks next.
    virtual bool called_back(const std::string& run, const std::string& proof) = 0;
};

struct WebLimits {
    std::size_t header_bytes_max = 8 * 1024;
    std::size_t connections_max = 64;
    std::size_t connections_per_address_max = 16;
    Duration request_deadline{
        5'000};  ///< from a request's first byte, or the connection's beginning, to its reply's last byte
    Duration idle_max{75'000};  ///< of a kept connection between requests
};

class WebServer {
public:
    /// `worker` checks passwords. Nothing listens yet.
    WebServer(asio::any_io_executor, Clock&, Random&, Worker& worker, WebPages&, WebLimits = {});
    ~WebServer();
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    /// Users and certificate for connections from now on. `local` when a certificate or key cannot be used, naming the
    /// file; the server is then as it was.
    Result<void> configure(const WebSettings&);

    /// Opens all of settings.listen; the actual addresses. `local`, and nothing listens, when one of them cannot be
    /// opened.
    Result<std::vector<std::string>> listen(const WebSettings&);

    /// Closes everything; returns when every connection has ended.
    Task<> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace garner
