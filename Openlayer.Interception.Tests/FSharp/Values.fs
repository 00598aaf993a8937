namespace Openlayer.Interception.Tests.FSharp

type Person = { Name: string; Age: int }

type Shape =
    | Circle of radius: float
    | Rectangle of width: float * height: float
    | Labelled of string * int
    | Empty

type Tree =
    | Leaf
    | Node of left: Tree * value: int * right: Tree

[<Struct>]
type Point =
    | Cartesian of x: int * y: int
    | Origin

type Card =
    | Card of number: string * password: string

type Id = Id of int

type Level =
    | Low
    | High

[<Measure>]
type metre

type Holder =
    { Person: Person option
      Value: int voption
      Shape: Shape
      Outcome: Result<int, string> }

[<Struct>]
type Celsius = Celsius of degrees: float

type Email = private Email of address: string

type Either<'L, 'R> =
    | Left of 'L
    | Right of value: 'R

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.UseNullAsTrueValue)>]
type Absent =
    | Nothing
    | Something of int

type Rose = { Label: string; Children: Rose list }

[<Struct>]
type Size = { Width: int; Height: int }

[<CLIMutable>]
type Account = { User: string; Password: string option }

type Command =
    { Name: string
      Run: int -> int
      Later: Async<int>
      Steps: (string * int) list }

type Payment =
    | Transfer of Account * amount: decimal<metre>
    | Cash of {| Amount: decimal; Token: string |}

    member this.IsLarge = true
    member _.Fails: int = failwith "not read"

exception Declined of account: Account * code: int

module Values =
    let person = { Name = "Ada"; Age = 36 }

    let someRecord: Person option = Some person

    let someNumber: int option = Some 1

    let valueOption: Person voption = ValueSome person

    let noValue: int voption = ValueNone

    let nested: int option option = Some(Some 1)

    let circle = Circle 1.5

    let rectangle = Rectangle(1.0, 2.0)

    let labelled = Labelled("a", 1)

    let empty = Shape.Empty

    let tree = Node(Leaf, 1, Node(Leaf, 2, Leaf))

    let cartesian = Cartesian(1, 2)

    let origin = Origin

    let card = Card("1", "secret")

    let id = Id 7

    let level = High

    let ok: Result<Person, string> = Ok person

    let error: Result<Person, string> = Error "no"

    let choice: Choice<int, string> = Choice1Of2 1

    let holder =
        { Person = Some person
          Value = ValueSome 1
          Shape = circle
          Outcome = Ok 1 }

    let list = [ 1; 2 ]

    let map = Map.ofList [ ("a", 1) ]

    let set = Set.ofList [ 1; 2 ]

    let shapes = [ Circle 1.0; Shape.Empty ]

    let measure = 3.0<metre>

    let anonymous = {| Name = "Ada"; Age = 1 |}

    let tuple = (1, "a")

    let structTuple = struct (1, "a")

    let increment: obj = box (fun (value: int) -> value + 1)

    let add: obj = box (fun (one: int) (other: int) -> one + other)

    let later: Async<int> = async { return 1 }

    let lazyValue: Lazy<int> = lazy 1

    let reference = ref 1

    let unitValue: unit = ()

    let numbers: seq<int> =
        seq {
            yield 1
            yield 2
        }

    let arrays: Person[] = [| person; { Name = "Bob"; Age = 1 } |]

    exception Refused of reason: string * code: int

    let refused: exn = Refused("no", 1)

    let celsius = Celsius 36.6

    let email = Email "ada@example.org"

    let left: Either<int, string> = Left 1

    let right: Either<int, string[]> = Right [| "a" |]

    let nothing: Absent list = [ Absent.Nothing; Absent.Something 1 ]

    let nestedNone: int option option = Some None

    let nestedValue: int option voption = ValueSome(Some 2)

    let someUnit: unit option = Some()

    let optionList = [ Some 1; None; Some 3 ]

    let rose = { Label = "a"; Children = [ { Label = "b"; Children = [] } ] }

    let size = { Width = 1; Height = 2 }

    let account = { User = "ada"; Password = Some "hunter2" }

    let command =
        { Name = "a"
          Run = fun value -> value + 1
          Later = async { return 1 }
          Steps = [ ("b", 1) ] }

    let transfer = Transfer(account, 1.5m<metre>)

    let cash = Cash {| Amount = 1m; Token = "hunter2" |}

    let structAnonymous = struct {| Amount = 1; Pin = 1234 |}

    let nestedAnonymous = {| Inner = {| Names = [ "a" ] |}; Choice = Some(Left 1: Either<int, string>) |}

    let unionMap = Map.ofList [ (Id 1, "a"); (Id 2, "b") ]

    let secretMap = Map.ofList [ ("password", "hunter2"); ("user", "ada") ]

    let nestedMap = Map.ofList [ (1, Map.ofList [ ("a", [ 1 ]) ]) ]

    let emptyMap: Map<string, int> = Map.empty

    let unionSet = Set.ofList [ Low; High ]

    let measures = [ 1<metre>; 2<metre> ]

    let choice3: Choice<int, string, Person> = Choice3Of3 person

    let okUnit: Result<unit, string> = Ok()

    let nestedResult: Result<Result<int, string>, exn> = Ok(Error "no")

    let structResult: Result<struct (int * string), string> = Ok(struct (1, "a"))

    let quotation = <@ 1 + 2 @>

    let rawQuotation = <@@ fun (value: int) -> value @@>

    let closure: obj = box (List.map ((+) 1))

    let event = Event<int>()

    let published = event.Publish

    let mailbox = MailboxProcessor<int>.Start(fun _ -> async { return () })

    let cachedNumbers = Seq.cache numbers

    let mapped = Map.toSeq secretMap

    let big = 12345678901234567890I

    let declined: exn = Declined(account, 7)

    let failure: exn = Failure "no"
