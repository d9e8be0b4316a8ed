#include "command/control_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "command/reading.hpp"

namespace garner {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t line_bytes_max = 16 * 1024 * 1024;

ControlAnswer unreachable(const std::string& path, const error_code& error) {
    ControlAnswer answer;
    answer.exit = CommandExit::unreachable;
    answer.error = "garnerd cannot be reached at " + path + ": " + error.message();
    if (error == asio::error::access_denied)
        answer.error += "; run garner as root or as a member of garnerd's group";
    else
        answer.error += "; is it running? See: systemctl status garnerd";
    return answer;
}

ControlAnswer ended(const std::string& why) {
    ControlAnswer answer;
    answer.exit = CommandExit::unreachable;
    answer.error = why;
    return answer;
}

}  // namespace

ControlAnswer ask_daemon(const Settings& settings, const json::object& request,
                         const std::function<void(const json::object&)>& each) {
    const std::string path = settings.control_socket_path();
    asio::io_context context;
    asio::local::stream_protocol::socket socket(context);
    error_code error;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        error = asio::error::name_too_long;
    else
        socket.connect(asio::local::stream_protocol::endpoint(path), error);
    if (!error) asio::write(socket, asio::buffer(json::serialize(request) + "\n"), error);
    if (error) return unreachable(path, error);

    std::string bytes;
    while (true) {
        const std::size_t length = asio::read_until(socket, asio::dynamic_buffer(bytes, line_bytes_max), '\n', error);
        if (error) return ended("garnerd closed the connection before it had answered; what was started goes on in it");
        const json::value value = json::parse(json::string_view(bytes.data(), length), error);
        bytes.erase(0, length);
        if (error || !value.is_object()) return ended("garnerd answered something that is not a line of JSON");
        const json::object& line = value.get_object();
        if (!line.contains("done")) {
            each(line);
            continue;
        }
        ControlAnswer answer;
        const json::value* ok = line.if_contains("ok");
        if (ok != nullptr && ok->is_bool() && ok->get_bool()) return answer;
        answer.exit = CommandExit::bad_news;
        const json::value* said = line.if_contains("error");
        if (said != nullptr && said->is_string()) answer.error = std::string(said->get_string());
        return answer;
    }
}

std::pair<ControlAnswer, json::object> ask_daemon_for(const Settings& settings, const json::object& request,
                                                      std::string_view key) {
    json::object found;
    ControlAnswer answer = ask_daemon(settings, request, [&](const json::object& line) {
        if (const json::value* value = line.if_contains(key); value != nullptr && value->is_object())
            found = value->get_object();
    });
    return {std::move(answer), std::move(found)};
}

CommandExit conclude(const Invocation& call, const ControlAnswer& answer) {
    return answer.error.empty() ? answer.exit : fail(call, answer.error, answer.exit);
}

}  // namespace garner
