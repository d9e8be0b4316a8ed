// The way to a source, for questions: shut while the vendor asked to be left alone or cannot be reached. Then one
// question at a time goes as a probe; when one was answered, the others follow at a pace instead of all at once.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/circuit.hpp"
#include "core/failure.hpp"
#include "engine/observer.hpp"
#include "ledger/ledger.hpp"
#include "platform/clock.hpp"
#include "platform/event.hpp"
#include "platform/random.hpp"
#include "platform/slots.hpp"

namespace garner {

/// Whether a request may be made again when it is not known what became of it.
enum class Repeat { harmless, never };

class SourceGate {
public:
    SourceGate(std::string source, const asio::any_io_executor& executor, Clock& clock, Random& random)
        : clock_(clock), random_(random), line_(executor, 1), changed_(executor) {
        standing_.source = std::move(source);
    }

    struct Probe {
        Slots::Turn turn;
        bool judged = false;
    };
    /// Leave to ask; a probe's successor goes when it was answered or this has ended.
    class Pass {
    public:
        Pass() = default;
        explicit Pass(std::shared_ptr<Probe> probe) : probe_(std::move(probe)) {}
        bool is_probe() const { return probe_ != nullptr; }
        bool is_judged() const { return !probe_ || probe_->judged; }
        void end() { probe_.reset(); }

    private:
        std::shared_ptr<Probe> probe_;
    };

    /// Waits until the question may be asked, first come, first served; of probes, those that may be repeated come
    /// first. A failure when that cannot be before the deadline.
    Task<Result<Pass>> enter(SteadyTime deadline, Repeat repeat);
    /// Waits while the vendor wants to be left alone; a failure when the engine stops.
    Task<Result<void>> wait_while_held();

    bool is_held() const { return held_until_ > clock_.steady_now(); }
    bool is_open() const { return circuit_.is_open(); }  ///< as a circuit is: nobody gets through
    Duration down_for() const;                           ///< nothing: it can be reached
    bool is_shut() const { return is_held() || is_open(); }

    // What became of a request to the source's own host.
    std::optional<Outage> answered();  ///< the outage that this ends
    /// True: from now on it counts as down. `thing`: what the vendor could not delete, where it says so in words of its
    /// own; until something is answered that counts once, however often it is asked for: the vendor was reached.
    bool failed(const Failure& failure, const BackoffPolicy&, const std::string& thing = {});
    /// The vendor wants to be left alone for so long; true when that is news.
    bool hold(Duration, const std::string& why);
    /// A probe ended and told nothing.
    void postpone_probe(const BackoffPolicy&);

    /// What is to be written down since the last call; nothing: all is.
    std::optional<SourceStanding> news();
    void recall(const SourceStanding&);
    /// A person wants to know: no hold, and a probe at once.
    void forgive();
    /// Something has changed that may have been the reason: a probe at once.
    void look_again();

    double held_seconds() const { return held_seconds_; }
    void close();
    void drop_waiters();

private:
    bool needs_probe() const { return circuit_.is_open() || unproven_; }
    void forget_hold();
    void let_the_next_go();
    SteadyTime earliest() const;
    Failure too_late() const;

    Clock& clock_;
    Random& random_;
    Circuit circuit_;
    Slots line_;  ///< whoever has the turn is the next to go
    Event changed_;
    std::weak_ptr<Probe> probe_;
    SteadyTime held_until_{};
    SteadyTime last_release_{};
    bool unproven_ = false;  ///< a hold is over, and nobody was answered since
    bool closed_ = false;
    std::size_t harmless_waiting_ = 0;
    std::uint64_t spared_ = 0;
    std::optional<WallTime> failing_since_;
    std::set<std::string> refused_things_;  ///< since something was answered
    double held_seconds_ = 0;
    SourceStanding standing_;
    bool has_news_ = false;
};

}  // namespace garner
