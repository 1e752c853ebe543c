import io.github.loc2vec.mobile.*;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Calls the Java side of the facade on a desktop JVM. Arguments: a directory with models, regions and expected
 * results, the engine, ONNX Runtime's library, and the names of the regions: two for the invented city that all
 * checks use, one for a real city. Each check prints one line: "ok NAME", "FAIL NAME: why" or "figure NAME VALUE
 * UNIT".
 */
public final class HostTest {
    private final Path world;
    private final String[] regions;
    private final Options options = new Options();
    private final List<Expected> expected = new ArrayList<>();
    private int failures;

    /** The result of the Go API for a coordinate: a code, or a place. */
    private static final class Expected {
        double lat, lon, mapped;
        String code, region;
        boolean unmapped;
        byte[] vector;
    }

    private interface Check {
        void run() throws Exception;
    }

    private HostTest(Path world, String engine, String onnxRuntime, String regions) throws IOException {
        this.world = world;
        this.regions = regions.split(",");
        options.setEngine(engine);
        options.setONNXRuntime(onnxRuntime);
        for (String line : Files.readAllLines(world.resolve("expected.txt"), StandardCharsets.UTF_8)) {
            String[] f = line.split("\t", -1);
            Expected e = new Expected();
            e.lat = bits(f[0]);
            e.lon = bits(f[1]);
            e.code = f[2];
            if (e.code.isEmpty()) {
                e.region = f[3];
                e.mapped = bits(f[4]);
                e.unmapped = f[5].equals("true");
                e.vector = new byte[f[6].length() / 2];
                for (int i = 0; i < e.vector.length; i++) {
                    e.vector[i] = (byte) Integer.parseInt(f[6].substring(2 * i, 2 * i + 2), 16);
                }
            }
            expected.add(e);
        }
    }

    private static double bits(String hex) {
        return Double.longBitsToDouble(Long.parseUnsignedLong(hex, 16));
    }

    public static void main(String[] args) throws Exception {
        HostTest t = new HostTest(Paths.get(args[0]), args[1], args[2], args[3]);
        if (t.regions.length == 1) {
            t.check("the vectors of the Go API, to the bit", t::sameBits);
            t.check("time of a round trip", t::roundTrip);
        } else {
            t.checkAll();
        }
        // A Go thread that has called back stays attached, so returning would wait forever.
        System.exit(t.failures == 0 ? 0 : 1);
    }

    private void checkAll() {
        check("constants and functions", this::constants);
        check("records", this::records);
        check("the vectors of the Go API, to the bit", this::sameBits);
        check("errors and their codes", this::errors);
        check("proxies fresh from their constructors", this::freshProxies);
        check("stored vectors", this::storedVectors);
        check("store", this::store);
        check("signed store", this::signedStore);
        check("classes", this::classes);
        check("index", this::index);
        check("follow", this::follow);
        check("explain", this::explain);
        check("cut", this::cut);
        check("names beyond ASCII", this::names);
        check("task to the end", this::taskToTheEnd);
        check("task whose listener throws", this::taskListenerThrows);
        check("task cancelled", this::taskCancelled);
        check("many threads", this::manyThreads);
        check("any coordinates", this::anyCoordinates);
        check("close while calls run", this::closeWhileCallsRun);
        check("signals of the JVM", this::signals);
        check("opened and closed without growth", this::growth);
        check("time of a round trip", this::roundTrip);
    }

    private void check(String name, Check c) {
        try {
            c.run();
            System.out.println("ok " + name);
        } catch (Throwable e) {
            failures++;
            StackTraceElement at = e.getStackTrace().length > 1 ? e.getStackTrace()[1] : null;
            System.out.println("FAIL " + name + ": " + e + " at " + at);
        }
    }

    private static void figure(String name, double value, String unit) {
        System.out.printf("figure %s\t%.4g\t%s%n", name, value, unit);
    }

    private static void require(boolean condition, Object about) {
        if (!condition) {
            throw new AssertionError(String.valueOf(about));
        }
    }

    private static void requireEqual(Object want, Object got) {
        require(want == null ? got == null : want.equals(got), "got " + got + ", want " + want);
    }

    /** Runs a call that must throw, and returns the code of the exception. */
    private static String codeOf(Callable<?> c) throws Exception {
        try {
            c.call();
        } catch (Exception e) {
            return Mobile.errorCode(e.getMessage());
        }
        throw new AssertionError("nothing was thrown");
    }

    private static String codeOf(Check c) throws Exception {
        return codeOf(() -> {
            c.run();
            return null;
        });
    }

    private Model open(String... regions) throws Exception {
        Model m = Mobile.openModel(file("model.l2v"), options);
        for (String r : regions) {
            m.addRegion(file(r));
        }
        return m;
    }

    private Model openAll() throws Exception {
        return open(regions);
    }

    private String file(String name) {
        return world.resolve(name).toString();
    }

    private void constants() throws Exception {
        requireEqual("E_NO_COVERAGE", Mobile.CodeNoCoverage);
        requireEqual(16L, Mobile.dimension());
        requireEqual(Mobile.CodeFailed, Mobile.errorCode("no code"));
    }

    /** Coordinates as bytes. */
    private static byte[] places(double... degrees) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * degrees.length).order(ByteOrder.LITTLE_ENDIAN);
        for (double d : degrees) {
            bytes.putDouble(d);
        }
        return bytes.array();
    }

    private void cut() throws Exception {
        Model m = openAll();
        try {
            Area a = Mobile.openArea();
            Expected e = expected.get(0);
            a.addBox(e.lat - 0.001, e.lon - 0.001, e.lat + 0.001, e.lon + 0.001);
            long[] told = new long[1];
            Region r = m.cutRegion(file("west.pmtiles"), file("java-cut.pmtiles"), "mine", a, (done, total) -> told[0] = total - done, Mobile.openTask());
            requireEqual("mine", r.getName());
            requireEqual(1L, r.getTiles());
            requireEqual(0L, told[0]);
            Model part = open("java-cut.pmtiles");
            try {
                require(Arrays.equals(e.vector, part.embed(e.lat, e.lon).vector().bytes()), "another vector");
                requireEqual(Mobile.CodeNoCoverage, codeOf(() -> part.embed(e.lat + 0.005, e.lon)));
            } finally {
                part.close();
            }
            a.addCorridor(places(e.lat, e.lon), 50);
            requireEqual(Mobile.CodeCoordinate, codeOf(() -> a.addCorridor(places(91, 0), 50)));
            requireEqual(Mobile.CodeListener, codeOf(() -> m.cutRegion(file("west.pmtiles"), file("java-cut.pmtiles"), "", a, (done, total) -> {
                throw new IOException("thrown");
            }, null)));
            Task task = Mobile.openTask();
            task.cancel();
            requireEqual(Mobile.CodeCancelled, codeOf(() -> m.cutRegion(file("west.pmtiles"), file("java-cut.pmtiles"), "", a, null, task)));
        } finally {
            m.close();
        }
    }

    private void records() throws Exception {
        Model m = openAll();
        try {
            requireEqual(2L, m.regionCount());
            Region r = m.regionAt(0);
            requireEqual("west", r.getName());
            requireEqual("nobody", r.getAttribution());
            requireEqual(1L, r.getTiles());
            requireEqual(64, r.getContents().length());
            require(m.engine().startsWith(options.getEngine()), m.engine());
            requireEqual(16, m.space().length());
            Status s = m.status();
            require(s.getHealthy(), s.getProblem());
            requireEqual("", s.getProblem());
            requireEqual(3L, s.getGolden());
            requireEqual(0L, s.getWrong());
            requireEqual(0.0, s.getLargest());
            requireEqual(m.engine(), s.getEngine());
            requireEqual(m.space(), s.getSpace());
            requireEqual("5c4e3a", s.getSchemaHash());
            requireEqual(1L, s.getBundleFormat());
            requireEqual(1L, s.getPackFormat());
            require(s.json().contains("\"healthy\":true"), s.json());
        } finally {
            m.close();
        }
        Options o = new Options();
        o.setTileCache(-1);
        requireEqual(-1L, o.getTileCache());
        o.setEngine("go");
        requireEqual("go", o.getEngine());
        requireEqual("", o.getONNXRuntime());
        List<String> log = new ArrayList<>();
        o.setEngine("");
        o.setONNXRuntime("/no/such/library");
        o.setLogger(message -> {
            log.add(message);
            throw new IOException("nobody receives this");
        });
        require(o.getLogger() != null, "no logger");
        if (options.getEngine().equals("go")) { // the other engine is never unloaded
            Mobile.openModel(file("model.l2v"), o).close();
            require(log.size() == 1 && log.get(0).contains("/no/such/library"), log);
        }
    }

    private void sameBits() throws Exception {
        Model m = openAll();
        try {
            for (Expected e : expected) {
                requireExpected(m, e);
            }
        } finally {
            m.close();
        }
    }

    private static void requireExpected(Model m, Expected e) throws Exception {
        if (!e.code.isEmpty()) {
            requireEqual(e.code, codeOf(() -> m.embed(e.lat, e.lon)));
            return;
        }
        requireExpected(m.embed(e.lat, e.lon), e);
    }

    private static void requireExpected(Place p, Expected e) throws Exception {
        requireEqual(e.region, p.getRegion());
        requireEqual(e.mapped, p.getMapped());
        requireEqual(e.unmapped, p.getUnmapped());
        Vector v = p.vector();
        requireEqual("euclidean", v.metric());
        byte[] b = v.bytes();
        require(Arrays.equals(e.vector, b), Arrays.toString(b));
        ByteBuffer floats = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i++) {
            requireEqual(floats.getFloat(), v.at(i));
        }
    }

    private void errors() throws Exception {
        Model m = open("west.pmtiles");
        requireEqual(Mobile.CodeSchema, codeOf(() -> m.addRegion(file("foreign.pmtiles"))));
        requireEqual(Mobile.CodeArgument, codeOf(() -> m.regionAt(1)));
        requireEqual(Mobile.CodeArgument, codeOf(() -> vectorAt(m, 0).at(16)));
        requireEqual(Mobile.CodeCorrupt, codeOf(() -> Mobile.openModel(file("damaged.l2v"), options)));
        requireEqual(Mobile.CodeNotFound, codeOf(() -> Mobile.openModel(file("none"), null)));
        byte[] bundle = Files.readAllBytes(world.resolve("model.l2v"));
        Model inside = Mobile.openModelBytes(bundle, options);
        Arrays.fill(bundle, (byte) 0);
        require(inside.status().getHealthy(), "a model from bytes that are gone");
        inside.close();
        requireEqual(Mobile.CodeCorrupt, codeOf(() -> Mobile.openModelBytes(bundle, options)));
        requireEqual(Mobile.CodeCorrupt, codeOf(() -> Mobile.openModelBytes(null, options)));
        Options abacus = new Options();
        abacus.setEngine("abacus");
        requireEqual(Mobile.CodeFailed, codeOf(() -> Mobile.openModel(file("model.l2v"), abacus)));
        requireEqual(Mobile.CodeArgument, codeOf(() -> m.startEmbed(new byte[17], new Recorder())));
        requireEqual(Mobile.CodeArgument, codeOf(() -> m.startEmbed(new byte[16], null)));
        m.close();
        m.close();
        requireEqual(Mobile.CodeClosed, codeOf(() -> m.embed(0, 0)));
        requireEqual(Mobile.CodeClosed, codeOf(m::status));
        requireEqual(Mobile.CodeNotFound, codeOf(() -> open().removeRegion("none")));
    }

    private void freshProxies() throws Exception {
        Model m = new Model();
        for (Check c : Arrays.<Check>asList(m::close, m::space, m::engine, m::regionCount,
                () -> m.embed(0, 0), () -> m.addRegion(""), () -> m.regionAt(0), () -> m.startEmbed(null, null),
                m::status, () -> m.removeRegion(""), () -> m.follow(0), () -> m.explain(0, 0),
                () -> m.openClasses(""), () -> m.openIndex(""),
                new Classes()::names, new Explanation()::png, () -> new Follower().at(0, 0), new Index()::list,
                new Items()::count, new Neighbours()::count, new Status()::json, () -> new Store().list(null), new Strings()::count,
                new Place()::vector, new Vector()::bytes, new Vector()::space, new Vector()::metric,
                () -> new Vector().at(0), () -> new Vector().distanceTo(null), new Task()::cancel)) {
            requireEqual(Mobile.CodeNotOpen, codeOf(c));
        }
    }

    private void storedVectors() throws Exception {
        byte[] b = new byte[64];
        ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN).putFloat(3).putFloat(-4);
        Vector v = Mobile.openVector("here", "euclidean", b);
        Arrays.fill(b, (byte) 0); // the vector has its own copy
        Vector zero = Mobile.openVector("here", "euclidean", b);
        requireEqual(5.0, v.distanceTo(zero));
        requireEqual(-4f, v.at(1));
        Vector other = Mobile.openVector("elsewhere", "euclidean", b);
        requireEqual(Mobile.CodeSpace, codeOf(() -> v.distanceTo(other)));
        requireEqual(Mobile.CodeNotOpen, codeOf(() -> v.distanceTo(null)));
        requireEqual(Mobile.CodeArgument, codeOf(() -> Mobile.openVector("here", "euclidean", null)));
        requireEqual(Mobile.CodeArgument, codeOf(() -> Mobile.openVector("here", "taxi", b)));
    }

    private Vector vectorAt(Model m, int index) throws Exception {
        Expected e = expected.get(index);
        return m.embed(e.lat, e.lon).vector();
    }

    private void store() throws Exception {
        Path dir = Files.createTempDirectory(world, "store");
        Store s = Mobile.openStore(dir.toString(), null);
        byte[] west = Files.readAllBytes(world.resolve("west.pmtiles"));
        Item item = s.installFrom("west.pmtiles", new Pieces(west), null, null);
        requireEqual("west.pmtiles", item.getName());
        requireEqual("region", item.getKind());
        requireEqual("west", item.getTitle());
        requireEqual("nobody", item.getAttribution());
        requireEqual("5c4e3a", item.getSchemaHash());
        requireEqual((long) west.length, item.getBytes());
        requireEqual("", item.getProblem());
        requireEqual("", item.getSpace());
        require(Arrays.equals(west, Files.readAllBytes(Paths.get(item.getPath()))), "another file");
        requireEqual(Mobile.CodeListener, codeOf(() -> s.installFrom("east.pmtiles", max -> {
            throw new IOException("no network");
        }, null, null)));
        requireEqual(Mobile.CodeArgument, codeOf(() -> s.installFrom("east.pmtiles", max -> new byte[(int) max + 1], null, null)));
        requireEqual(Mobile.CodeArgument, codeOf(() -> s.installFrom("east.pmtiles", null, null, null)));
        InstallOptions wrong = new InstallOptions();
        wrong.setSHA256(String.join("", java.util.Collections.nCopies(64, "0")));
        wrong.setReplaceInPlace(true);
        wrong.setSchemaHash("5c4e3a");
        wrong.setSignature(new byte[] {1, 2, 3});
        require(wrong.getReplaceInPlace() && wrong.getSHA256().length() == 64 && wrong.getSchemaHash().length() == 6
                && Arrays.equals(new byte[] {1, 2, 3}, wrong.getSignature()), "options");
        requireEqual(Mobile.CodeCorrupt, codeOf(() -> s.installFile("east.pmtiles", file("east.pmtiles"), wrong, null)));
        s.installFile("city.l2v", file("model.l2v"), null, null);
        Items items = s.list(null);
        requireEqual(2L, items.count());
        requireEqual("city.l2v", items.at(0).getName());
        require(s.size() > west.length, s.size());
        s.verify("west.pmtiles", null);
        Model m = s.openModel("city.l2v", options, null);
        requireEqual(1L, s.addRegions(m, null).count());
        m.removeRegion("west");
        s.addRegion(m, "west.pmtiles", null);
        requireExpected(m, expected.get(0));
        requireEqual(Mobile.CodeNotOpen, codeOf(() -> s.addRegion(null, "west.pmtiles", null)));
        s.remove("west.pmtiles", null);
        requireExpected(m, expected.get(0)); // still open
        requireEqual(Mobile.CodeNotFound, codeOf(() -> s.verify("west.pmtiles", null)));
        m.close();
        StoreOptions so = new StoreOptions();
        so.setMaxBytes(10);
        requireEqual(10L, so.getMaxBytes());
        Store small = Mobile.openStore(dir.toString(), so);
        requireEqual(Mobile.CodeCorrupt, codeOf(() -> small.installFile("west.pmtiles", file("west.pmtiles"), null, null)));
        so.setPublicKeys("no key");
        requireEqual("no key", so.getPublicKeys());
        requireEqual(Mobile.CodeArgument, codeOf(() -> Mobile.openStore(dir.toString(), so)));
    }

    private void signedStore() throws Exception {
        StoreOptions so = new StoreOptions();
        so.setPublicKeys(new String(Files.readAllBytes(world.resolve("release.pub")), "UTF-8"));
        Store s = Mobile.openStore(Files.createTempDirectory(world, "signed").toString(), so);
        requireEqual(Mobile.CodeUnsigned, codeOf(() -> s.installFile("east.pmtiles", file("east.pmtiles"), null, null)));
        InstallOptions o = new InstallOptions();
        o.setRegion("west");
        o.setSignedName("west.pmtiles");
        Item item = s.installFile("west.pmtiles", file("west.pmtiles"), o, null); // with its .minisig
        require(so.getPublicKeys().contains(item.getSignedBy()) && !item.getSignedBy().isEmpty(), item.getSignedBy());
        require(item.getComment().contains("file:west.pmtiles"), item.getComment());
        requireEqual("", item.getDate());
        o.setNotBefore("2026-11-30");
        requireEqual(Mobile.CodeOlder, codeOf(() -> s.installFile("west.pmtiles", file("west.pmtiles"), o, null)));
        o.setAllowOlder(true);
        o.setNotBefore("");
        o.setRegion("east");
        require(o.getAllowOlder() && o.getRegion().equals("east") && o.getSignedName().equals("west.pmtiles")
                && o.getNotBefore().isEmpty(), "options");
        requireEqual(Mobile.CodeRegion, codeOf(() -> s.installFile("west.pmtiles", file("west.pmtiles"), o, null)));
        Task task = Mobile.openTask();
        s.verify("west.pmtiles", task);
        task.cancel();
        requireEqual(Mobile.CodeCancelled, codeOf(() -> s.verify("west.pmtiles", task)));
        requireEqual(Mobile.CodeNotOpen, codeOf(() -> s.verify("west.pmtiles", new Task())));
    }

    /** Returns bytes in pieces. */
    private static final class Pieces implements Source {
        private final byte[] all;
        private int at;

        Pieces(byte[] all) {
            this.all = all;
        }

        @Override
        public byte[] read(long max) {
            int from = at;
            at = (int) Math.min(all.length, at + Math.min(max, 1000));
            return Arrays.copyOfRange(all, from, at);
        }
    }

    private void classes() throws Exception {
        Model m = openAll();
        String path = file("classes.json");
        Classes c = m.openClasses(path);
        c.add("city", vectorAt(m, 0));
        c.add("city", vectorAt(m, 0));
        c.add("sea", vectorAt(m, 2));
        c.save(path);
        c = m.openClasses(path);
        requireEqual(2L, c.names().count());
        requireEqual("city", c.names().at(0));
        requireEqual(2L, c.examples("city"));
        Match match = c.classify(vectorAt(m, 0));
        requireEqual("city", match.getNearest());
        requireEqual("city", match.getName());
        requireEqual(0.0, match.getDistance());
        require(match.getThreshold() > 0, match.getThreshold());
        require(c.remove("city"), "not there");
        require(!c.remove("city"), "still there");
        Classes last = c;
        requireEqual(Mobile.CodeNotOpen, codeOf(() -> last.add("city", null)));
        m.close();
    }

    private void index() throws Exception {
        Model m = openAll();
        String path = file("index.json");
        Index x = m.openIndex(path);
        Vector inside = vectorAt(m, 0);
        Vector empty = vectorAt(m, 2);
        x.put("inside", inside);
        x.put("empty \ud83d\udccd", empty);
        x.save(path);
        x = m.openIndex(path);
        requireEqual(2L, x.count());
        requireEqual("empty \ud83d\udccd", x.list().at(0));
        Neighbours n = x.nearest(inside, 9);
        requireEqual(2L, n.count());
        requireEqual("inside", n.at(0).getID());
        requireEqual(0.0, n.at(0).getDistance());
        requireEqual(0.0, x.get("inside").distanceTo(inside));
        require(Mobile.analogy(inside, empty, empty).distanceTo(inside) < 1e-6, "a - b + b is not a");
        Strings ids = Mobile.openStrings();
        ids.add("inside");
        requireEqual(0.0, x.centroid(ids).distanceTo(inside));
        require(x.remove("inside"), "not there");
        Index last = x;
        requireEqual(Mobile.CodeNotFound, codeOf(() -> last.get("inside")));
        requireEqual(Mobile.CodeNotFound, codeOf(() -> last.centroid(ids)));
        m.close();
    }

    private void follow() throws Exception {
        Model m = openAll();
        Expected e = expected.get(0);
        Follower f = m.follow(30);
        require(f.at(e.lat, e.lon).getFresh(), "not computed");
        require(!f.at(e.lat + 1e-6, e.lon).getFresh(), "computed although it has not moved");
        require(f.at(e.lat + 1e-3, e.lon).getFresh(), "not computed although it has moved");
        m.close();
    }

    private void explain() throws Exception {
        Model m = openAll();
        Expected e = expected.get(0);
        Explanation x = m.explain(e.lat, e.lon);
        requireExpected(x.place(), e);
        requireEqual("", x.getReason());
        requireEqual(32L, x.getPixels());
        requireEqual(12 * 32 * 32, x.raster().length);
        requireEqual("PNG", new String(x.png(), 1, 3, StandardCharsets.US_ASCII));
        requireEqual(12L, x.layerCount());
        Contribution c = x.layerAt(7);
        requireEqual("minor_road", c.getLayer());
        require(c.getCoverage() > 0 && c.getDistance() > 0, c);
        Explanation none = m.explain(53, 8);
        require(none.getReason().contains("outside"), none.getReason());
        requireEqual(Mobile.CodeNoCoverage, codeOf(none::place));
        requireEqual(Mobile.CodeNoCoverage, codeOf(none::raster));
        m.close();
    }

    private void names() throws Exception {
        String name = "model \u00e9\u6771 \ud83d\udccd.l2v";
        Files.copy(world.resolve("model.l2v"), world.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Mobile.openModel(file(name), options).close();
        try {
            Mobile.openModel(file("none \ud83d\udccd"), options);
        } catch (Exception e) {
            require(e.getMessage().contains("none \ud83d\udccd"), e.getMessage());
        }
        requireEqual("a\u0000b", Mobile.openVector("a\u0000b", "euclidean", new byte[64]).space());
    }

    /** Records its events. */
    private static class Recorder implements Listener {
        final List<Object> heard = new ArrayList<>();
        final CountDownLatch end = new CountDownLatch(1);
        int terminal;

        @Override
        public void onPlace(long index, Place place) throws Exception {
            heard.add(place);
        }

        @Override
        public void onSkipped(long index, String message) {
            heard.add(message);
        }

        @Override
        public void onDone() {
            ended("done");
        }

        @Override
        public void onFailed(String message) {
            ended(message);
        }

        synchronized void ended(String how) {
            terminal++;
            heard.add(how);
            end.countDown();
            throw new IllegalStateException("nobody receives this");
        }

        String await() throws InterruptedException {
            require(end.await(60, TimeUnit.SECONDS), "no terminal event");
            requireEqual(1, terminal);
            return heard.get(heard.size() - 1).toString();
        }
    }

    private byte[] coordinates() {
        ByteBuffer b = ByteBuffer.allocate(16 * expected.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Expected e : expected) {
            b.putDouble(e.lat).putDouble(e.lon);
        }
        return b.array();
    }

    private void taskToTheEnd() throws Exception {
        Model m = openAll();
        Recorder r = new Recorder();
        byte[] b = coordinates();
        m.startEmbed(b, r);
        Arrays.fill(b, (byte) 0xff); // the task has its own copy
        requireEqual("done", r.await());
        requireEqual(expected.size() + 1, r.heard.size());
        for (int i = 0; i < expected.size(); i++) {
            Expected e = expected.get(i);
            if (e.code.isEmpty()) {
                requireExpected((Place) r.heard.get(i), e);
            } else {
                requireEqual(e.code, Mobile.errorCode((String) r.heard.get(i)));
            }
        }
        Recorder none = new Recorder();
        m.startEmbed(new byte[0], none);
        requireEqual("done", none.await());
        m.close();
    }

    private void taskListenerThrows() throws Exception {
        Model m = openAll();
        Recorder r = new Recorder() {
            @Override
            public void onPlace(long index, Place place) throws Exception {
                throw new IOException("no room for \ud83d\udccd");
            }
        };
        m.startEmbed(coordinates(), r);
        String end = r.await();
        requireEqual(Mobile.CodeListener, Mobile.errorCode(end));
        require(end.contains("no room for \ud83d\udccd"), end);
        m.close();
    }

    private void taskCancelled() throws Exception {
        Model m = openAll();
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Recorder r = new Recorder() {
            @Override
            public void onPlace(long index, Place place) throws Exception {
                super.onPlace(index, place);
                first.countDown();
                cancelled.await();
            }
        };
        Task t = m.startEmbed(coordinates(), r);
        first.await();
        t.cancel();
        t.cancel();
        cancelled.countDown();
        requireEqual(Mobile.CodeCancelled, Mobile.errorCode(r.await()));
        requireEqual(2, r.heard.size());
        m.close();
    }

    /** Runs a check in several threads, and throws the first exception. */
    private static void inThreads(int threads, Check c) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(pool.submit(() -> {
                c.run();
                return null;
            }));
        }
        for (Future<?> f : all) {
            f.get();
        }
        pool.shutdown();
    }

    private void manyThreads() throws Exception {
        Model m = openAll();
        inThreads(8, () -> {
            for (int round = 0; round < 20; round++) {
                for (Expected e : expected) {
                    requireExpected(m, e);
                }
            }
        });
        m.close();
    }

    private void anyCoordinates() throws Exception {
        Model m = openAll();
        double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MAX_VALUE, -0.0, 90, -90, 180, -180, 180.0000001};
        inThreads(8, () -> {
            Random random = new Random(Thread.currentThread().getId());
            for (int i = 0; i < 2000; i++) {
                double lat = i % 3 == 0 ? odd[random.nextInt(odd.length)] : random.nextDouble() * 200 - 100;
                double lon = i % 5 == 0 ? odd[random.nextInt(odd.length)] : random.nextDouble() * 400 - 200;
                boolean place = Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
                requireEqual(place ? Mobile.CodeNoCoverage : Mobile.CodeCoordinate, codeOf(() -> m.embed(lat, lon)));
            }
        });
        m.close();
    }

    private void closeWhileCallsRun() throws Exception {
        Expected e = expected.get(0);
        for (int round = 0; round < 20; round++) {
            Model m = openAll();
            CountDownLatch running = new CountDownLatch(4);
            Thread closer = new Thread(() -> {
                try {
                    running.await();
                    m.close();
                } catch (Exception x) {
                    throw new IllegalStateException(x);
                }
            });
            closer.start();
            inThreads(4, () -> {
                running.countDown();
                while (true) {
                    try {
                        requireExpected(m.embed(e.lat, e.lon), e);
                    } catch (Exception x) {
                        requireEqual(Mobile.CodeClosed, Mobile.errorCode(x.getMessage()));
                        return;
                    }
                }
            });
            closer.join();
        }
    }

    /** The JVM uses signals of its own, whose handlers Go wraps. */
    private void signals() {
        int caught = 0;
        int[] none = null;
        for (int i = 0; i < 20000; i++) {
            try {
                caught += none[i % 7];
            } catch (NullPointerException e) {
                caught++;
            }
            try {
                caught += i / (i - i);
            } catch (ArithmeticException e) {
                caught++;
            }
        }
        requireEqual(40000, caught);
        for (int i = 0; i < 5; i++) {
            try {
                deeper(0);
            } catch (StackOverflowError e) {
                caught++;
            }
        }
        requireEqual(40005, caught);
    }

    private static int deeper(int n) {
        return deeper(n + 1) + 1;
    }

    /**
     * Measures what remains of closed models: memory before a garbage collection, when Go must not keep what is
     * behind their proxies; memory that grows in spite of collections; proxies that are never freed; files.
     */
    private void growth() throws Exception {
        int times = Integer.getInteger("times", 10000);
        int files = openFiles();
        System.gc();
        double before = residentMB();
        openAndClose(times / 5);
        double uncollected = residentMB() - before;
        // The minimum of each half, because two garbage collectors make memory fluctuate.
        double[] least = {Double.MAX_VALUE, Double.MAX_VALUE};
        for (int i = 0; i < 20; i++) {
            openAndClose(times / 20);
            System.gc();
            least[i / 10] = Math.min(least[i / 10], residentMB());
        }
        figure("more resident memory after the first fifth of the openings", uncollected, "MB");
        figure("least resident memory in the first half of the others", least[0], "MB");
        figure("least resident memory in the second half", least[1], "MB");
        requireEqual(files, openFiles());
        int left = proxies(100);
        require(left <= 100, left + " Go objects are still held");
        // A fifth adds 6 to 12 MB if closed models keep only their manifest, and 460 MB if they keep the
        // engine. The halves then differ by 3 MB and 30 MB.
        require(uncollected < 40, "grew by " + uncollected + " MB until a collection");
        require(least[1] - least[0] < 12, "grew by " + (least[1] - least[0]) + " MB");
    }

    /** Opens and closes models with a region, and embeds with every tenth. */
    private void openAndClose(int times) throws Exception {
        Expected e = expected.get(0);
        for (int i = 1; i <= times; i++) {
            Model m = open("west.pmtiles");
            if (i % 10 == 0) {
                m.embed(e.lat, e.lon).vector().bytes();
            }
            m.close();
        }
    }

    /** Waits until Java holds at most the given number of Go objects, and returns their number. */
    private static int proxies(int few) throws Exception {
        Field queue = Class.forName("go.Seq").getDeclaredField("goRefQueue");
        queue.setAccessible(true);
        Field refs = queue.get(null).getClass().getDeclaredField("refs");
        refs.setAccessible(true);
        Collection<?> held = (Collection<?>) refs.get(queue.get(null));
        // A thread frees them some time after the collector has found them.
        for (int tries = 0; held.size() > few && tries < 300; tries++) {
            System.gc();
            Thread.sleep(100);
        }
        return held.size();
    }

    private static double residentMB() throws IOException {
        for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        throw new AssertionError("no VmRSS");
    }

    private static int openFiles() {
        return new File("/proc/self/fd").list().length;
    }

    private void roundTrip() throws Exception {
        Vector v = Mobile.openVector("s", "euclidean", new byte[64]);
        Model m = openAll();
        Expected e = null;
        for (Expected each : expected) {
            e = each.code.isEmpty() ? each : e;
        }
        double lat = e.lat;
        double lon = e.lon;
        figure("no work, one number back", nanos(20000, Mobile::dimension) / 1e3, "µs");
        figure("a vector's 64 bytes", nanos(20000, v::bytes) / 1e3, "µs");
        figure("an exception", nanos(5000, () -> codeOf(() -> m.embed(91, 0))) / 1e3, "µs");
        figure("an embedding", nanos(200, () -> m.embed(lat, lon).vector().bytes()) / 1e3, "µs");
        m.close();
    }

    /** Returns the median of five times per call. */
    private static double nanos(int calls, Callable<?> c) throws Exception {
        double[] times = new double[5];
        for (int r = 0; r < times.length; r++) {
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                c.call();
            }
            times[r] = (double) (System.nanoTime() - start) / calls;
        }
        Arrays.sort(times);
        return times[2];
    }
}
