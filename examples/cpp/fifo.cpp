// SPDX-License-Identifier: Apache-2.0
//
// A complete scheduler in C++17: first come, first served. Run it as root on a sched_ext
// kernel, until ^C. Its last line says where each record and each decision went.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <scxbridge.h>

namespace
{

// A failed call: its status, and what the library says about it.
class Error : public std::runtime_error
{
      public:
	Error(std::int32_t status, const std::string &text)
	    : std::runtime_error(text), status(status)
	{
	}

	const std::int32_t status;
};

// A scheduler that ends with its owner: closing it detaches it.
class Scheduler
{
      public:
	explicit Scheduler(const std::string &name)
	{
		scxb_options options;
		scxb_options_init(&options, sizeof(options));
		options.name = name.c_str();

		std::array<char, 1024> why{};
		if (const auto status = scxb_open(&options, &handle, why.data(), why.size()))
			throw Error(status, why.data());
	}

	~Scheduler()
	{
		scxb_close(handle);
	}

	Scheduler(const Scheduler &) = delete;
	Scheduler &operator=(const Scheduler &) = delete;

	void attach()
	{
		check(scxb_load(handle));
		check(scxb_attach(handle));
	}

	// Fails if it is not attached, which is no harm.
	void detach()
	{
		scxb_detach(handle);
	}

	// Waits for records, and hands out how many of `tasks` it filled; nothing if woken.
	template <std::size_t N>
	std::optional<std::uint32_t> receive(std::array<scxb_task, N> &tasks)
	{
		std::uint32_t count = 0;
		const auto status = scxb_receive_wait(handle, tasks.data(), N, &count, -1);
		if (status == -EINTR)
			return std::nullopt;
		check(status);
		return count;
	}

	template <std::size_t N>
	void dispatch(const std::array<scxb_decision, N> &decisions, std::uint32_t count)
	{
		check(scxb_dispatch(handle, decisions.data(), count, nullptr));
	}

	// From any thread.
	void wake()
	{
		scxb_wake(handle);
	}

	scxb_stats stats() const
	{
		scxb_stats stats{};
		stats.size = sizeof(stats);
		check(scxb_stats_read(handle, &stats));
		return stats;
	}

	scxb_exit_info exit_info() const
	{
		scxb_exit_info info{};
		info.size = sizeof(info);
		check(scxb_exit_info_read(handle, &info));
		return info;
	}

      private:
	void check(std::int32_t status) const
	{
		if (status == 0)
			return;
		std::string text(scxb_error_text(handle, nullptr, 0), '\0');
		scxb_error_text(handle, text.data(), text.size() + 1);
		throw Error(status, text);
	}

	scxb *handle = nullptr;
};

// Wakes the scheduler when a signal asks to end. A thread and no handler: from within
// a handler, scxb_wake() must not be called.
class EndAtSignal
{
      public:
	explicit EndAtSignal(Scheduler &scheduler, const sigset_t &signals)
	    : waiter([&scheduler, signals] {
		      int sig = 0;
		      sigwait(&signals, &sig);
		      scheduler.wake();
	      })
	{
	}

	// If no signal came, one of our own ends the thread.
	~EndAtSignal()
	{
		pthread_kill(waiter.native_handle(), SIGTERM);
		waiter.join();
	}

      private:
	std::thread waiter;
};

// The policy: each task goes to an idle CPU or, in order of arrival, to the first that is free.
class Fifo
{
      public:
	scxb_decision decide(const scxb_task &task)
	{
		scxb_decision decision{};
		decision.pid = task.pid;
		decision.seq = task.seq;
		decision.cpu = SCXB_CPU_PICK_IDLE;
		decision.vtime = ++arrival;
		return decision;
	}

      private:
	std::uint64_t arrival = 0;
};

void schedule(Scheduler &scheduler, Fifo policy)
{
	static std::array<scxb_task, 256> tasks;
	static std::array<scxb_decision, 256> decisions;

	while (const auto count = scheduler.receive(tasks)) {
		for (std::uint32_t i = 0; i < *count; i++)
			decisions[i] = policy.decide(tasks[i]);
		scheduler.dispatch(decisions, *count);
	}
}

} // namespace

int main()
try {
	int result = 0;
	// Blocked in all threads, they wait for sigwait().
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, nullptr);

	Scheduler scheduler("cpp_fifo");
	scheduler.attach();
	try {
		EndAtSignal end(scheduler, signals);
		schedule(scheduler, Fifo());
	} catch (const Error &error) {
		std::cerr << "cpp_fifo: " << error.what() << '\n';
		if (error.status == -ESHUTDOWN) {
			const auto info = scheduler.exit_info();
			std::cerr << "cpp_fifo: the kernel says: " << info.reason << " ("
				  << info.kind << ", code " << info.code << ") " << info.message
				  << '\n';
		}
		result = 1;
	}
	scheduler.detach();
	// After detach the counters are final.
	const auto st = scheduler.stats();
	std::cout << "queued=" << st.queued << " dispatched=" << st.dispatched
		  << " rescued=" << st.rescued << " gone=" << st.gone
		  << " decisions=" << st.decisions << " stale=" << st.stale
		  << " refused=" << st.refused << '\n';
	return result;
} catch (const std::exception &error) {
	std::cerr << "cpp_fifo: " << error.what() << '\n';
	return 1;
}
