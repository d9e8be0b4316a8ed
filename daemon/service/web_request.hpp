// The head of a request, read strictly: what Beast's parser lets pass and a proxy might read differently is refused
// here (a second Host, any Transfer-Encoding, folded lines, two lengths).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace garner {

struct ParsedRequest {
    int refuse_status = 0;  ///< 0: fine; else the reply's status, and the connection closes
    std::string refuse_reason;
    std::string method;
    std::string target;
    std::string authorization;
    bool keep_alive = false;
    bool is_callback = false;  ///< POST /callback/...: a vendor's, with any body
};

/// Run and proof of /callback/RUN/PROOF; empty where the path has another form.
std::pair<std::string, std::string> split_callback(std::string_view target);

/// Where the head ends (the index after its empty line); nothing while it is incomplete.
std::optional<std::size_t> find_head_end(std::string_view bytes);

/// `head` ends with its empty line.
ParsedRequest parse_request_head(std::string_view head);

}  // namespace garner
