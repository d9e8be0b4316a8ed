// garner-sandbox: the vendors' models behind TLS on loopback. Standard output carries exactly one line, the ready line;
// standard error ends with what should not have been: violations and backups left behind.
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/certificates.hpp"
#include "sandbox/notifier.hpp"
#include "sandbox/options.hpp"
#include "sandbox/ready.hpp"
#include "sandbox/server.hpp"
#include "sandbox/world.hpp"

namespace garner::sandbox {
namespace {

namespace asio = boost::asio;
using Door = VendorModel::Door;

std::string write_ca(const std::string& directory, const Identity& authority) {
    std::filesystem::create_directories(directory);
    const std::filesystem::path file = std::filesystem::absolute(directory) / "ca.pem";
    std::ofstream out(file, std::ios::trunc);
    out << authority.certificate_pem();
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file.string());
    return file.string();
}

asio::ssl::context tls_context(const Identity& server) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    server.use_in(context.native_handle());
    return context;
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

std::string url(const std::string& scheme, const std::string& host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string::npos;
    return scheme + "://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void end_with_stdin(asio::posix::stream_descriptor& input, char (&byte)[256], asio::io_context& io) {
    input.async_read_some(asio::buffer(byte), [&input, &byte, &io](boost::system::error_code ended, std::size_t) {
        if (ended)
            io.stop();
        else
            end_with_stdin(input, byte, io);
    });
}

// "localhost" is ::1 first on many machines; where there is no IPv6, or the port is taken, clients go on to 127.0.0.1.
void listen_on_v6_too(asio::io_context& io, std::vector<std::unique_ptr<Server>>& servers, std::uint16_t port,
                      asio::ssl::context& tls, const Handler& handler) {
    try {
        servers.push_back(std::make_unique<Server>(io, "::1", port, &tls, handler));
    } catch (const boost::system::system_error& error) {
        std::cerr << "garner-sandbox: not on [::1]:" << port << ": " << error.what() << "\n";
    }
}

void run(Options options) {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);

    populate(options.world, options.seed, options.machines, options.tenants, options.appliances);
    World world(std::move(options.world), options.seed);

    const Identity authority = make_authority("garner sandbox CA");
    const std::vector<std::string> names = {"localhost",       "127.0.0.1",          "::1",          "tulip.localhost",
                                            "files.localhost", "servitly.localhost", "sdp.localhost"};
    const Identity identity = make_server(authority, names);
    asio::ssl::context tls = tls_context(identity);

    const auto door_of = [&world](const char* vendor, Door door) {
        return Handler(
            [&world, vendor, door](ModelRequest request) { return world.handle(vendor, door, std::move(request)); });
    };
    const Handler control = [&world](const ModelRequest& request) { return world.control(request); };

    std::vector<asio::ssl::context> troubled_contexts;
    troubled_contexts.reserve(3);
    // Sessions refer to contexts and world, so those outlive io; servers are closed before io goes.
    asio::io_context io(static_cast<int>(options.threads));
    std::vector<std::unique_ptr<Server>> servers;
    const auto serve = [&](const std::string& address, std::uint16_t port, asio::ssl::context* context,
                           const Handler& handler) {
        servers.push_back(std::make_unique<Server>(io, address, port, context, handler));
        return servers.back()->port();
    };
    // The URL of an API's port, and of one for downloads.
    const auto api_url = [&](const char* vendor, std::uint16_t wanted) {
        const Handler handler = door_of(vendor, Door::api);
        const std::uint16_t port = serve(options.listen, wanted, &tls, handler);
        if (options.host == "localhost" && options.listen == "127.0.0.1")
            listen_on_v6_too(io, servers, port, tls, handler);
        return url("https", options.host, port);
    };
    const auto download_url = [&](const char* vendor, std::uint16_t wanted) {
        return url("https", options.download_host,
                   serve(options.listen, wanted, &tls, door_of(vendor, Door::download)));
    };
    const std::string tulip_url = api_url("tulip", options.port);
    const std::string tulip_files = download_url("tulip", options.download_port);
    const std::string servitly_url = api_url("servitly", options.servitly_port);
    const std::string servitly_files = download_url("servitly", options.servitly_download_port);
    const std::string appgate_url = api_url("appgate", options.appgate_port);
    const std::uint16_t control_port = serve(options.listen, options.control_port, nullptr, control);
    world.tulip().set_download_url(tulip_files);
    world.servitly().set_urls(servitly_url, servitly_files);

    boost::json::object ready;
    ready["ready"] = true;
    ready["pid"] = static_cast<std::int64_t>(getpid());
    ready["ca_file"] = write_ca(options.directory, authority);
    ready["control"] = url("http", options.listen, control_port);
    ready["tulip"] = tulip_ready(world.tulip().options(), tulip_url, tulip_files);
    ready["servitly"] = servitly_ready(world.servitly().options());
    ready["appgate"] = appgate_ready(world.appgate().options(), appgate_url);
    if (options.tls_trouble) {
        const Identity stranger = make_authority("nobody's CA");
        boost::json::object trouble;
        const auto with_trouble = [&](const char* kind, const Identity& shown) {
            troubled_contexts.push_back(tls_context(shown));
            const std::uint16_t port = serve(options.listen, 0, &troubled_contexts.back(), door_of("tulip", Door::api));
            trouble[kind] = url("https", options.host, port);
        };
        with_trouble("wrong_host", make_server(authority, {"elsewhere.example"}));
        with_trouble("expired", make_server(authority, names, Validity::past));
        with_trouble("untrusted", make_server(stranger, names));
        ready["tls_trouble"] = std::move(trouble);
    }

    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
    asio::posix::stream_descriptor input(io);
    char byte[256];
    if (options.until_stdin_closes) {
        input.assign(dup(STDIN_FILENO));
        end_with_stdin(input, byte, io);
    }
    for (const auto& server : servers) server->start();
    start_notifier(io, world);
    std::cout << boost::json::serialize(ready) << std::endl;

    std::vector<std::jthread> others;
    for (unsigned i = 1; i < options.threads; ++i) others.emplace_back([&io] { io.run(); });
    io.run();
    others.clear();
    for (const std::string& line : world.shortcomings()) std::cerr << "garner-sandbox: " << line << "\n";
}

}  // namespace
}  // namespace garner::sandbox

int main(int argc, char** argv) {
    try {
        garner::sandbox::Options options = garner::sandbox::parse_options(argc, argv);
        if (options.help) {
            std::cout << garner::sandbox::options_help();
            return 0;
        }
        garner::sandbox::run(std::move(options));
        return 0;
    } catch (const std::invalid_argument& wrong) {
        std::cerr << "garner-sandbox: " << wrong.what() << "\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "garner-sandbox: " << error.what() << "\n";
        return 1;
    }
}
