// SPDX-License-Identifier: MIT
// exeseal.hpp: its enums against the names of the library, ownership, options, errors and results.
// A program is made of it in each standard, with and without exceptions: standards_test.py.
#include <exeseal.hpp>

#include <gtest/gtest.h>

#include <cctype>
#include <csignal>
#include <type_traits>

#include <sys/mman.h>

namespace {

using namespace exeseal;

std::string read_all(FdRef fd) {
    std::string text;
    char buffer[512];
    for (ssize_t count; (count = read(fd.get(), buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<size_t>(count));
    return text;
}

bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

// The name of the enumerator with this value; "" if no enumerator has it.
template <auto Value> std::string enumerator() {
    std::string text = __PRETTY_FUNCTION__; // "... [with auto Value = ...::Mode::automatic; ...]"
    text.erase(0, text.find("Value = ") + 8);
    text.erase(text.find_first_of("];"));
    if (text.find('(') != text.npos)
        return ""; // "(exeseal::cpp0::Mode)7"
    text.erase(0, text.rfind(':') + 1);
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

template <class Enum, size_t... Numbers> std::vector<std::string> enumerators(std::index_sequence<Numbers...>) {
    return {enumerator<static_cast<Enum>(Numbers)>()...};
}

// The library's names, and the enumerators, in the order of their numbers. Both end in "".
template <class Enum> void expect_the_names_of(const char *(*c_name)(uint32_t), uint32_t first = 0) {
    std::vector<std::string> found = enumerators<Enum>(std::make_index_sequence<64>());
    uint32_t number = first;
    for (; const char *wanted = c_name(number); number++) {
        EXPECT_EQ(found[number], wanted) << number;
        EXPECT_STREQ(name(static_cast<Enum>(number)), wanted);
    }
    EXPECT_GT(number, 2u);
    for (; number < found.size(); number++)
        EXPECT_EQ(found[number], "") << number;
}

TEST(Enums, AreTheNumbersOfTheLibrary) {
    EXPECT_EQ(enumerator<Mode::automatic>(), "automatic"); // its name is ""
    expect_the_names_of<Mode>(exeseal_mode_name, 1);
    expect_the_names_of<Strategy>(exeseal_strategy_name);
    expect_the_names_of<Step>(exeseal_step_name);
    expect_the_names_of<Evidence>(exeseal_evidence_name);
}

template <size_t... Numbers> std::vector<std::string> guarantee_enumerators(std::index_sequence<Numbers...>) {
    return {enumerator<static_cast<Guarantee>(uint64_t{1} << Numbers)>()...};
}

TEST(Enums, AreTheGuaranteesOfTheLibrary) {
    std::vector<std::string> found = guarantee_enumerators(std::make_index_sequence<64>());
    for (uint32_t bit = 0; bit < 64; bit++) {
        const char *wanted = exeseal_guarantee_name(bit);
        EXPECT_EQ(found[bit], wanted != nullptr ? wanted : "") << bit;
    }
}

TEST(Enums, AreTheKindsOfAllSteps) {
    std::vector<std::string> found = enumerators<Kind>(std::make_index_sequence<16>());
    for (uint32_t step = 0; exeseal_step_name(step) != nullptr; step++)
        EXPECT_NE(found[static_cast<size_t>(kind(static_cast<Step>(step)))], "") << step;
    EXPECT_EQ(kind(static_cast<Step>(1000)), Kind::none);
}

TEST(Guarantees, JoinAndCompare) {
    constexpr Guarantees both = Guarantee::sealed | Guarantee::own_pages;
    static_assert(both.has(Guarantee::sealed) && !both.has(Guarantee::stable), "");
    static_assert(!both.has(Guarantee::sealed | Guarantee::stable), "");
    EXPECT_EQ(both & Guarantee::sealed, Guarantees(Guarantee::sealed));
    EXPECT_EQ(both.value(), EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES);
    EXPECT_EQ(names(both), "sealed,own-pages");
    EXPECT_EQ(names({}), "");
    EXPECT_FALSE(Guarantees());
    EXPECT_EQ(*try_parse_guarantees("sealed,own-pages"), both);
    EXPECT_EQ(*try_parse_mode("ro-shared-page"), Mode::ro_shared_page);
    EXPECT_EQ(try_parse_mode("unknown").error().error, EINVAL);
    EXPECT_EQ(try_parse_guarantees("unknown").error().error, EINVAL);
}

TEST(Descriptor, IsClosedOnce) {
    static_assert(!std::is_copy_constructible<Descriptor>::value && !std::is_copy_assignable<Descriptor>::value, "");
    static_assert(std::is_nothrow_move_constructible<Sealed>::value && std::is_nothrow_move_assignable<Sealed>::value,
                  "");
    static_assert(!std::is_copy_constructible<Process>::value && std::is_move_constructible<Process>::value, "");
    int fd = dup(0), other = dup(0);
    {
        Descriptor first(fd);
        Descriptor second = std::move(first);
        EXPECT_FALSE(first);
        EXPECT_EQ(second.get(), fd);
        second.reset(other);
        EXPECT_FALSE(is_open(fd));
        Descriptor &alias = second;
        second = std::move(alias);
        EXPECT_TRUE(is_open(other));
    }
    EXPECT_FALSE(is_open(other));
    Descriptor given(dup(0));
    int released = given.release();
    given.reset();
    EXPECT_TRUE(is_open(released));
    close(released);
}

TEST(Clone, OfEachSource) {
    Result<Sealed> by_path = try_clone_path(PAYLOAD);
    ASSERT_TRUE(by_path) << by_path.error().message();
    EXPECT_EQ(by_path->report().strategy(), Strategy::memfd);
    EXPECT_TRUE(by_path->report().guarantees().has(Guarantee::sealed | Guarantee::own_pages));
    EXPECT_EQ(by_path->report().text().find("cloned by memfd: "), 0u);

    Result<Sealed> again = try_clone(*by_path);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->report().strategy(), Strategy::reuse);

    std::vector<char> bytes(by_path->report().bytes());
    ASSERT_EQ(pread(by_path->get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    Result<Sealed> from_memory = try_clone_memory(bytes);
    ASSERT_TRUE(from_memory) << from_memory.error().message();
    EXPECT_EQ(from_memory->report().evidence(), Evidence::memory);
    EXPECT_EQ(from_memory->report().bytes(), bytes.size());
    EXPECT_EQ(try_clone_memory(std::vector<uint32_t>{1, 2})->report().bytes(), 8u);

    Result<Sealed> self = try_clone_self();
    ASSERT_TRUE(self) << self.error().message();
    EXPECT_TRUE(try_inspect(*self)->guarantees().has(Guarantee::sealed));

    int sealed_fd = self->get();
    Sealed moved = *std::move(self);
    EXPECT_EQ(moved.get(), sealed_fd);
}

TEST(Clone, FailuresHaveTheReport) {
    Result<Sealed> missing = try_clone_path("/nonexistent");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().error, ENOENT);
    EXPECT_EQ(missing.error().message(), "open: No such file or directory\n/nonexistent");

    Result<Sealed> directory = try_clone_path("/");
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().error, EISDIR);
    std::vector<Attempt> attempts = directory.error().report.attempts();
    ASSERT_EQ(attempts.size(), 1u);
    EXPECT_EQ(attempts[0].step, Step::source);
    EXPECT_EQ(attempts[0].error, EISDIR);
    EXPECT_EQ(kind(attempts[0].step), Kind::source);
    ASSERT_NE(attempts[0].advice(), nullptr);
    EXPECT_NE(directory.error().message().find(attempts[0].advice()), std::string::npos);
    EXPECT_EQ(directory.error().message().find("exeseal_clone: Is a directory\nsource: EISDIR"), 0u);
    EXPECT_NE(directory.error().message().back(), '\n');
}

TEST(CloneOptions, ReachTheLibrary) {
    Descriptor directory(open("/tmp", O_PATH | O_CLOEXEC));
    exeseal_clone_options c = CloneOptions()
                                  .with_mode(Mode::independent_data_copy)
                                  .with_fallback(Mode::ro_shared_page)
                                  .with_require(Guarantee::sealed | Guarantee::stable)
                                  .with_max_bytes(1000)
                                  .with_name("one")
                                  .with_tmp_dir(directory)
                                  .with_drop_privileges()
                                  .with_reclaimable()
                                  .with_small_pages()
                                  .with_huge_pages()
                                  .c();
    EXPECT_EQ(c.mode, uint32_t{EXESEAL_MODE_INDEPENDENT_DATA_COPY});
    EXPECT_EQ(c.fallback[0], uint32_t{EXESEAL_MODE_RO_SHARED_PAGE});
    EXPECT_EQ(c.fallback[1], 0u);
    EXPECT_EQ(c.require, EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_STABLE);
    EXPECT_EQ(c.max_bytes, 1000u);
    EXPECT_STREQ(c.name, "one");
    EXPECT_EQ(c.tmp_dirfd, directory.get());
    EXPECT_EQ(c.flags, EXESEAL_CLONE_TMP_DIRFD | EXESEAL_CLONE_DROP_PRIVILEGES | EXESEAL_CLONE_RECLAIMABLE |
                           EXESEAL_CLONE_SMALL_PAGES | EXESEAL_CLONE_HUGE_PAGES);
    EXPECT_EQ(CloneOptions().c().flags, 0u);

    EXPECT_EQ(try_clone_path(PAYLOAD, CloneOptions().with_max_bytes(10)).error().error, EFBIG);
    Result<Sealed> too_long = try_clone_path(PAYLOAD, CloneOptions().with_name(std::string(64, 'x')));
    ASSERT_FALSE(too_long);
    EXPECT_EQ(too_long.error().error, EINVAL);
    EXPECT_TRUE(try_clone_path(PAYLOAD, CloneOptions().with_name(std::string(63, 'x'))));
#if __cplusplus > 201703L
    EXPECT_EQ(try_clone_path(PAYLOAD, {.require = Guarantee::sealed, .max_bytes = 10}).error().error, EFBIG);
#endif
}

TEST(ExecOptions, ReachTheLibrary) {
    exeseal_exec_options c = ExecOptions()
                                 .with_script()
                                 .with_no_new_privs()
                                 .with_close_others({5, 6})
                                 .with_landlock()
                                 .with_landlock_if_possible()
                                 .with_capabilities({1, 6, 2})
                                 .with_directory(7)
                                 .with_umask(022)
                                 .with_death_signal(SIGTERM)
                                 .c();
    EXPECT_EQ(c.flags, EXESEAL_EXEC_SCRIPT | EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_CLOSE_OTHERS |
                           EXESEAL_EXEC_LANDLOCK | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE | EXESEAL_EXEC_CAPABILITIES |
                           EXESEAL_EXEC_DIRECTORY | EXESEAL_EXEC_UMASK | EXESEAL_EXEC_DEATH_SIGNAL);
    EXPECT_EQ(c.drop_bounding, 1u);
    EXPECT_EQ(c.inheritable, 6u);
    EXPECT_EQ(c.ambient, 2u);
    EXPECT_EQ(c.directory, 7);
    EXPECT_EQ(c.umask, 022u);
    EXPECT_EQ(c.death_signal, SIGTERM);
    EXPECT_EQ(c.keep_count, 2u);
    EXPECT_EQ(c.keep[1], 6);
    EXPECT_EQ(ExecOptions().c().flags, 0u);

    ExecOptions too_many = ExecOptions().with_close_others(std::vector<int>(EXESEAL_EXEC_KEEP + 1, 0));
    EXPECT_EQ(try_check(0, {"x"}, {}, too_many).error().error, EINVAL);
}

TEST(SpawnOptions, ReachTheLibrary) {
    exeseal_spawn_options c =
        SpawnOptions().with_default_signals().with_new_group().with_new_session().with_descriptor(3, 4).c();
    EXPECT_EQ(c.flags, EXESEAL_SPAWN_DEFAULT_SIGNALS | EXESEAL_SPAWN_NEW_GROUP | EXESEAL_SPAWN_NEW_SESSION);
    EXPECT_EQ(c.map_count, 1u);
    EXPECT_EQ(c.map[0].from, 3);
    EXPECT_EQ(c.map[0].to, 4);

    SpawnOptions too_many;
    for (int i = 0; i <= EXESEAL_SPAWN_MAP; i++)
        too_many.with_descriptor(0, i);
    EXPECT_EQ(try_spawn(0, {"x"}, {}, too_many).error().error, EINVAL);
}

TEST(Spawn, PipesAndExitStatus) {
    Result<Sealed> cat = try_clone_path("/bin/cat");
    ASSERT_TRUE(cat) << cat.error().message();
    Result<Process> child = try_spawn(*cat, {"cat", "-", "/nonexistent"}, {},
                                      SpawnOptions().with_in(Stdio::pipe).with_out(Stdio::pipe).with_err(Stdio::pipe));
    ASSERT_TRUE(child) << child.error().message();
    EXPECT_EQ(write(child->in.get(), "hello", 5), 5);
    child->in.reset();
    EXPECT_EQ(read_all(child->out), "hello");
    EXPECT_NE(read_all(child->err).find("/nonexistent"), std::string::npos);
    Result<ExitStatus> status = child->try_wait();
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_EQ(status->code, 1);
    EXPECT_EQ(status->signal, 0);
    EXPECT_FALSE(status->success());
    EXPECT_EQ(child->try_wait().error().error, ECHILD);
    EXPECT_EQ(child->try_kill(SIGTERM).error().error, ESRCH);
}

TEST(Spawn, EnvironmentAndSignal) {
    Result<Sealed> shell = try_clone_path("/bin/sh");
    ASSERT_TRUE(shell) << shell.error().message();
    std::vector<std::string> entries = *try_environment({"A=one"}, environ);
    Result<Process> child =
        try_spawn(*shell, {"sh", "-c", "echo $A $HOME"}, entries, SpawnOptions().with_out(Stdio::pipe));
    ASSERT_TRUE(child) << child.error().message();
    EXPECT_EQ(read_all(child->out).find("one /"), 0u);
    EXPECT_TRUE(child->try_wait()->success());

    child = try_spawn(*shell, {"sh", "-c", "read line"}, environ, SpawnOptions().with_in(Stdio::pipe));
    ASSERT_TRUE(child) << child.error().message();
    EXPECT_TRUE(child->try_kill(SIGKILL));
    EXPECT_EQ(child->try_wait()->signal, SIGKILL);
}

TEST(Exec, FailuresHaveTheCause) {
    char text[] = "not a program";
    Result<Sealed> sealed = try_clone_memory(text, sizeof text);
    ASSERT_TRUE(sealed) << sealed.error().message();
    Failure failure = try_exec(*sealed, {"x"}, environ);
    EXPECT_EQ(failure.error, ENOEXEC);
    EXPECT_EQ(failure.report.attempts().back().step, Step::format);
    EXPECT_EQ(try_check(*sealed, {"x"}, environ).error().error, ENOEXEC);
    EXPECT_EQ(try_spawn(*sealed, {"x"}, environ).error().error, ENOEXEC);
    Result<Sealed> payload = try_clone_path(PAYLOAD);
    ASSERT_TRUE(payload) << payload.error().message();
    EXPECT_TRUE(try_check(*payload, {"x"}, environ));
}

TEST(Exec, ReplacesTheProcess) {
    Result<Sealed> shell = try_clone_path("/bin/sh");
    ASSERT_TRUE(shell) << shell.error().message();
    EXPECT_EXIT(
        {
            try_exec(*shell, {"sh", "-c", "exit 42"}, {});
            _exit(1);
        },
        testing::ExitedWithCode(42), "");
}

// The copy runs this test again, and then returns from try_reexec_self().
TEST(Reexec, RunsTheCopy) {
    if (!try_inspect_self()->guarantees().has(Guarantee::sealed)) {
        EXPECT_EXIT(
            {
                Failure failure =
                    try_reexec_self({"copy", "--gtest_brief=1", "--gtest_filter=Reexec.RunsTheCopy"}, environ).error();
                fprintf(stderr, "%s\n", failure.message().c_str());
                _exit(1);
            },
            testing::ExitedWithCode(0), "");
        return;
    }
    Result<Report> report = try_reexec_self({"copy"}, environ);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_TRUE(report->guarantees().has(Guarantee::sealed));
}

TEST(Resolve, FindsAProgramAndNamesRefusals) {
    Result<Resolved> found = try_resolve("true");
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_TRUE(is_open(found->get()));
    EXPECT_EQ(found->path().substr(found->path().rfind('/')), "/true");
    EXPECT_EQ(found->resolved()[0], '/');
    EXPECT_FALSE(found->wrapper());
    EXPECT_EQ(try_resolve("no-such-program-here").error().error, ENOENT);
    Result<Resolved> refused = try_resolve("/dev/null");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().why, "");
    EXPECT_NE(refused.error().message().find(refused.error().why.substr(0, 9)), std::string::npos);
}

// The C interface would read "true" of it, as if the rest were not there.
TEST(Strings, WithANulAreRejected) {
    const std::string cut("/bin/true\0x", 11), mode("ro-shared-page\0x", 16), bit("sealed\0x", 8);
    EXPECT_EQ(try_clone_path(cut).error().error, EINVAL);
    EXPECT_EQ(try_clone_self(CloneOptions().with_name(cut)).error().error, EINVAL);
    EXPECT_EQ(try_resolve(cut).error().error, EINVAL);
    EXPECT_EQ(try_parse_mode(mode).error().error, EINVAL);
    EXPECT_EQ(try_parse_guarantees(bit).error().error, EINVAL);
    EXPECT_EQ(try_environment({cut}, environ).error().error, EINVAL);
    Result<Sealed> sealed = try_clone_path(PAYLOAD);
    ASSERT_TRUE(sealed) << sealed.error().message();
    for (bool in_argv : {true, false}) {
        const Strings argv{"true", in_argv ? cut : "x"}, envp{in_argv ? "A=b" : cut};
        EXPECT_EQ(try_exec(*sealed, argv, envp).error, EINVAL);
        EXPECT_EQ(try_check(*sealed, argv, envp).error().error, EINVAL);
        EXPECT_EQ(try_spawn(*sealed, argv, envp).error().error, EINVAL);
        EXPECT_EQ(try_reexec_self(argv, envp).error().error, EINVAL);
    }
}

TEST(Inspect, ShowsWhatIsThere) {
    Result<Sealed> sealed = try_clone_path(PAYLOAD);
    ASSERT_TRUE(sealed) << sealed.error().message();
    Info info = *try_inspect(*sealed);
    EXPECT_EQ(info.type(), Type::memfd);
    EXPECT_TRUE(info.flags().has(InfoFlag::read_only | InfoFlag::close_on_exec));
    EXPECT_NE(info.image(), Image::none);
    EXPECT_EQ(info.size(), sealed->report().bytes());
    EXPECT_NE(info.seals() & F_SEAL_WRITE, 0u);
    EXPECT_EQ(info.permissions() & 0222, 0u);
    EXPECT_EQ(try_inspect(-1).error().error, EBADF);
    EXPECT_TRUE(try_inspect_self());
}

TEST(Probe, HasAReportEitherWay) {
    Result<Report> memfd = try_probe(Strategy::memfd);
    ASSERT_TRUE(memfd) << memfd.error().message();
    EXPECT_TRUE(memfd->guarantees().has(Guarantee::sealed));
    EXPECT_EQ(try_probe(Strategy::none).error().error, EINVAL);
}

#ifdef __cpp_exceptions
TEST(Error, IsASystemErrorWithTheReport) {
    try {
        clone_path("/");
        FAIL() << "nothing was thrown";
    } catch (const std::system_error &caught) {
        EXPECT_EQ(caught.code(), std::errc::is_a_directory);
        const Error &error = dynamic_cast<const Error &>(caught);
        EXPECT_EQ(error.report().attempts().at(0).step, Step::source);
        EXPECT_EQ(error.what(), error.failure().message());
        EXPECT_NE(std::string(error.what()).find(error.report().text().substr(0, 20)), std::string::npos);
        static_assert(std::is_nothrow_copy_constructible<Error>::value, "");
        static_assert(std::is_nothrow_move_constructible<Error>::value, "");
        static_assert(std::is_nothrow_move_assignable<Error>::value, "");
        Error first = error, second = std::move(first);
        EXPECT_STREQ(first.what(), second.what()); // a std::runtime_error has its text then, too
        second = std::move(first);
        EXPECT_STREQ(first.what(), error.what());
    }
}

TEST(Error, IsThrownByEachFunction) {
    EXPECT_THROW(clone(-1), Error);
    EXPECT_THROW(clone_memory(nullptr, 1), Error);
    EXPECT_THROW(clone_memory(std::string()), Error);
    EXPECT_THROW(clone_self(CloneOptions().with_small_pages().with_huge_pages()), Error);
    EXPECT_THROW(probe(Strategy::none), Error);
    EXPECT_THROW(exec(-1, {"x"}, {}), Error);
    EXPECT_THROW(check(-1, {"x"}, {}), Error);
    EXPECT_THROW(spawn(-1, {"x"}, {}), Error);
    EXPECT_THROW(reexec_self({}, {}), Error);
    EXPECT_THROW(resolve(""), Error);
    EXPECT_THROW(inspect(-1), Error);
    EXPECT_THROW(parse_mode("unknown"), Error);
    EXPECT_THROW(parse_guarantees("unknown"), Error);
    EXPECT_THROW(environment({""}, environ), Error);
}

TEST(Values, AreReturned) {
    Sealed sealed = clone_path("/bin/sh");
    check(sealed, {"sh"}, environ);
    Process child = spawn(sealed, {"sh", "-c", "exit 7"}, environ);
    EXPECT_EQ(child.wait().code, 7);
    EXPECT_THROW(child.wait(), Error);
    EXPECT_THROW(child.kill(SIGTERM), Error);
    EXPECT_EQ(inspect(sealed).type(), Type::memfd);
    EXPECT_EQ(inspect_self().type(), Type::file);
    EXPECT_EQ(clone(sealed).report().strategy(), Strategy::reuse);
    EXPECT_TRUE(clone_self());
    EXPECT_TRUE(clone_memory(std::string("x")));
    EXPECT_TRUE(resolve("sh"));
    EXPECT_TRUE(probe(Strategy::memfd).guarantees());
    EXPECT_EQ(parse_mode(""), Mode::automatic);
    EXPECT_EQ(parse_guarantees("sealed"), Guarantees(Guarantee::sealed));
    EXPECT_FALSE(environment({}, environ).empty());
}
#endif

} // namespace
